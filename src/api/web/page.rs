//! The page as it is without scripts: everything that can be done with it is a form. Scripts, where they run, put live tables
//! in its place.

use crate::api::methods::info::description;
use crate::api::methods::names::full_name;
use crate::api::view::{Action, actions};
use crate::api::{Host, SUPERVISOR_VERSION};
use crate::engine::{GroupView, ServiceView, State};
use std::fmt::Write;

/// What the template is filled with.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// The page, with `{token}`, `{version}`, `{message}` and `{groups}` in it.
    pub template: &'a str,
    /// What an order must bring along.
    pub token: &'a str,
    /// What is told on top; it may come from anybody.
    pub message: &'a str,
}

/// Fills the page. Everything that is filled in is escaped.
#[must_use]
pub fn page(filling: Filling<'_>, host: &dyn Host) -> String {
    let token = escape(filling.token);
    let fixed = filling.template.replace("{token}", &token).replace("{version}", SUPERVISOR_VERSION);
    // One cut each, so that what a client sent is never searched for places to fill.
    let (top, rest) = fixed.split_once("{message}").unwrap_or((&fixed, ""));
    let (middle, end) = rest.split_once("{groups}").unwrap_or((rest, ""));
    format!("{top}{}{middle}{}{end}", escape(filling.message), groups(host, &token))
}

fn groups(host: &dyn Host, token: &str) -> String {
    let mut views: Vec<GroupView<'_>> = host.engine().groups().collect();
    views.sort_unstable_by_key(|group| group.name());
    if views.is_empty() {
        return "<p>No programs to manage</p>".to_owned();
    }
    let mut out = String::from(
        "<table class=\"programs plain\"><thead><tr><th scope=\"col\">State</th><th scope=\"col\">Name</th>\
         <th scope=\"col\">Description</th><th scope=\"col\">Action</th></tr></thead>",
    );
    for view in views {
        group(&mut out, host, view, token);
    }
    out.push_str("</table>");
    out
}

/// A group of one process of the same name needs no line of its own.
fn group(out: &mut String, host: &dyn Host, view: GroupView<'_>, token: &str) {
    let mut members: Vec<ServiceView<'_>> = view.services().collect();
    members.sort_unstable_by_key(|view| view.name());
    out.push_str("<tbody>");
    if !matches!(members.as_slice(), [only] if only.name() == view.name()) {
        let name = escape(view.name());
        let all = [Action::Start, Action::Restart, Action::Stop, Action::Clear];
        let form = form(&format!("{name}:*"), &all, token);
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"3\">{name}</th><td class=\"actions\">{form}</td></tr>"
        );
    }
    for member in members {
        row(out, host, member, token);
    }
    out.push_str("</tbody>");
}

fn row(out: &mut String, host: &dyn Host, view: ServiceView<'_>, token: &str) {
    let (state, name) = (view.state(), escape(&full_name(view)));
    let class = match state {
        State::Running => "statusrunning",
        State::Fatal | State::Backoff => "statuserror",
        _ => "statusnominal",
    };
    let form = form(&name, &actions(host, view), token);
    let _ = write!(
        out,
        "<tr><td><span class=\"status {class}\">{}</span></td>\
         <td class=\"name\"><a href=\"tail.html?processname={}\">{}</a></td>\
         <td class=\"description\">{}</td><td class=\"actions\">{form}</td></tr>",
        state.to_string().to_lowercase(),
        percent_encode(&full_name(view)),
        escape(view.name()),
        escape(&description(host, host.now(), view)),
    );
}

/// The buttons for these actions; `name` is escaped already.
fn form(name: &str, actions: &[Action], token: &str) -> String {
    let mut out = format!(
        "<form method=\"post\" action=\"./\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <input type=\"hidden\" name=\"processname\" value=\"{name}\">"
    );
    for action in actions {
        let (value, label) = match action {
            Action::Start => ("start", "Start"),
            Action::Stop => ("stop", "Stop"),
            Action::Restart => ("restart", "Restart"),
            Action::Clear => ("clearlog", "Clear Log"),
            Action::Tail => continue,
        };
        let _ = write!(out, "<button name=\"action\" value=\"{value}\">{label}</button>");
    }
    out.push_str("</form>");
    out
}

/// Text as it may stand in a query.
#[must_use]
pub fn percent_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let code = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(code).collect()
}

/// Text as it may stand in HTML, between tags and in quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fake::FakeHost;

    #[test]
    fn nothing_that_is_filled_in_is_markup() {
        let message = "<script>{groups}</script>'\"&";
        let filling = Filling { template: "{message}|{groups}", token: "t", message };
        let page = page(filling, &FakeHost::usual());
        assert!(page.starts_with("&lt;script&gt;{groups}&lt;/script&gt;&#39;&quot;&amp;|<table"), "{page}");
        assert!(page.contains("statusnominal") && page.contains("value=\"web:a\""), "{page}");
        assert!(page.contains("processname=web%3Aa\">a</a>") && page.contains("value=\"web:*\""), "{page}");
    }

    #[test]
    fn a_group_of_one_has_no_line_of_its_own() {
        let filling = Filling { template: "{message}{groups}", token: "t", message: "" };
        let page = page(filling, &FakeHost::usual());
        assert!(page.contains("value=\"cat\"") && !page.contains("value=\"cat:*\""), "{page}");
        // What runs is stopped, what is stopped is started.
        assert!(page.contains("value=\"start\"") && page.matches("value=\"stop\"").count() == 1, "{page}");
    }
}
