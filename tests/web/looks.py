"""Dark and light, phones, contrast, and what the browser has to say about the page."""

# The contrast of every text with what lies behind it, as WCAG 2 counts it.
CONTRAST = """
const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const parts = color => color.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = node => {
  for (; node; node = node.parentElement) {
    const color = parts(getComputedStyle(node).backgroundColor);
    if (color.length < 4 || color[3] === 1) return color;
  }
  return [255, 255, 255];
};
const poor = [];
for (const node of document.querySelectorAll("body *")) {
  const own = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
  if (!own || !node.checkVisibility()) continue;
  const [a, b] = [light(parts(getComputedStyle(node).color)), light(behind(node))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor.push(`${node.tagName} ${node.className} ${node.textContent.slice(0, 20)} ${ratio.toFixed(1)}`);
}
return poor;
"""


def background(world):
    return world.browser.js("return getComputedStyle(document.body).backgroundColor")


def themes(world):
    """The system decides until the button does; what it chose stays, and both can be read."""
    browser = world.browser
    browser.js("localStorage.removeItem('theme')")
    seen = {}
    for scheme in ("light", "dark"):
        browser.prefers(scheme)
        world.open()
        seen[scheme] = background(world)
        assert browser.js(CONTRAST) == [], scheme
        world.shot(scheme)
    assert seen["light"] != seen["dark"]
    browser.click("#theme")
    assert background(world) == seen["light"]
    world.open()
    assert background(world) == seen["light"], "the choice is forgotten"
    browser.keys("t")
    assert background(world) == seen["dark"]
    browser.js("localStorage.removeItem('theme')")
    browser.prefers("light")


def phone(world):
    """On a phone nothing goes beyond the side, buttons are large enough, and the log takes the whole screen."""
    browser = world.browser
    beyond = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    try:
        for width in (320, 390, 768):
            browser.size(width, 844)
            world.open()
            assert browser.js(beyond) == 0, f"{width}: {browser.js(beyond)} too wide"
        browser.size(390, 844)
        low = """return [...document.querySelectorAll('button')]
            .filter(button => button.checkVisibility() && button.offsetHeight < 32).map(button => button.textContent)"""
        assert browser.js(low) == []
        world.shot("phone")
        browser.click("tr[data-id=talk] [data-action=log]")
        browser.shows("#log", "needle")
        assert browser.js("return viewer.offsetHeight === innerHeight")
        assert browser.js(beyond) == 0
        world.shot("phone-log")
        browser.click("#close")
        browser.click("tr[data-id=idle] [data-action=start]")
        browser.reaches("idle", "running")
        browser.click("tr[data-id=idle] [data-action=stop]")
        browser.reaches("idle", "stopped")
    finally:
        browser.size(1280, 900)


def names_for_everybody(world):
    """Every control has a name, states are words as well as colours, and news is announced."""
    browser = world.browser
    nameless = """return [...document.querySelectorAll('button, a, input:not([type=hidden])')]
        .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML)"""
    assert browser.js(nameless) == []
    assert browser.state("web") == "running"
    assert browser.js("return message.getAttribute('aria-live')") == "polite"
    label = (
        "return document.querySelector('tr[data-id=\"pair:left\"] [data-action=start]').getAttribute('aria-label')"
    )
    assert browser.js(label) == "Start pair:left"
    bad = "<script>\"&'bad"
    assert browser.js(
        "return [...document.querySelectorAll('.name')].some(n => n.textContent === arguments[0])", bad
    )


def quiet_and_alone(world):
    """No error on the console, and not one request to anybody else."""
    browser = world.browser
    browser.log("browser")
    browser.log("performance")
    world.open()
    browser.click("tr[data-id=talk] [data-action=log]")
    browser.shows("#log", "needle")
    browser.click("#close")
    browser.click("#mainlog")
    browser.shows("#log", "supervisord started")
    browser.click("#close")
    assert browser.log("browser") == []
    asked = [event["request"]["url"] for event in browser.events("Network.requestWillBeSent")]
    assert any(url.endswith("/events") for url in asked), asked
    assert [url for url in asked if not url.startswith((world.url(), "data:"))] == []


CASES = [themes, phone, names_for_everybody, quiet_and_alone]
