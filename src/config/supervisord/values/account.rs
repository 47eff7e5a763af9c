//! Users and groups, by name or number. They are looked up when the configuration is read, never later.

use crate::base::{Gid, Uid};
use crate::config::World;
use crate::config::supervisord::values::integer;
use crate::model::Identity;
use crate::model::server::Owner;

/// The user of that name or number.
///
/// # Errors
/// `Invalid user name X`, `Invalid user id N`.
pub fn identity(text: &str, world: &dyn World) -> Result<Identity, String> {
    match integer(text) {
        Ok(number) => {
            let uid = u32::try_from(number.value).ok().map(Uid);
            let found = uid.and_then(|uid| world.user_by_id(uid));
            found.ok_or_else(|| format!("Invalid user id {text}"))
        }
        Err(_) => world.user(text).ok_or_else(|| format!("Invalid user name {text}")),
    }
}

fn group(text: &str, world: &dyn World) -> Option<Gid> {
    match integer(text) {
        Ok(number) => u32::try_from(number.value).ok().map(Gid).filter(|&gid| world.group_exists(gid)),
        Err(_) => world.group(text),
    }
}

/// `user` or `user:group`; `None` where one of them is unknown (the original words that per option).
#[must_use]
pub fn owner(text: &str, world: &dyn World) -> Option<Owner> {
    let (user, gid) = match text.split_once(':') {
        None => (text, None),
        Some((user, name)) => (user, Some(group(name, world)?.0)),
    };
    Some(Owner { uid: identity(user, world).ok()?.uid.0, gid })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fake_world::FakeWorld;

    #[test]
    fn users_are_named_or_numbered() {
        let world = FakeWorld::default();
        assert_eq!(identity("nobody", &world).unwrap().uid, Uid(65534));
        assert_eq!(identity(" 0 ", &world).unwrap().name, "root");
        assert_eq!(identity("no", &world), Err("Invalid user name no".to_owned()));
        assert_eq!(identity("", &world), Err("Invalid user name ".to_owned()));
        assert_eq!(identity("42", &world), Err("Invalid user id 42".to_owned()));
        assert_eq!(identity("-1", &world), Err("Invalid user id -1".to_owned()));
    }

    #[test]
    fn owners_may_have_a_group() {
        let world = FakeWorld::default();
        assert_eq!(owner("nobody", &world), Some(Owner { uid: 65534, gid: None }));
        assert_eq!(owner("0:nogroup", &world), Some(Owner { uid: 0, gid: Some(65534) }));
        assert_eq!(owner("root:0", &world), Some(Owner { uid: 0, gid: Some(0) }));
        for text in ["no", "root:no", "root:7", ":root", "root:"] {
            assert_eq!(owner(text, &world), None, "{text}");
        }
    }
}
