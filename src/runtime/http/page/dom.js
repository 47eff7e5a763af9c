// Small tools for the other files. What comes from the daemon reaches the page as text only, never as markup.

export const byId = id => document.getElementById(id);

// Where the daemon's pages are: behind a proxy not always at the top. Without the name and password that a typed
// address may carry: no request may have them in its address, and the browser adds them itself.
const base = new URL(".", document.baseURI);
base.username = "";
base.password = "";
export const address = path => new URL(path, base).href;

// An element with these properties, holding these texts and elements.
export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// Changes nothing where nothing has changed, so that a selection in the page survives.
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function setPressed(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

// Seconds as the command line shows them: 1:02:03, and days in front.
export function span(seconds) {
  const two = number => String(Math.floor(number)).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const clock = Math.floor(seconds % 86400 / 3600) + ":" + two(seconds % 3600 / 60) + ":" + two(seconds % 60);
  return days ? days + " d " + clock : clock;
}

export function size(bytes) {
  if (bytes == null) {
    return "";
  }
  const gigabyte = 2 ** 30;
  return bytes >= gigabyte ? (bytes / gigabyte).toFixed(1) + " GB" : (bytes / 2 ** 20).toFixed(1) + " MB";
}

// What the browser keeps for the next visit; some browsers keep nothing.
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it is asked for again next time.
  }
}
