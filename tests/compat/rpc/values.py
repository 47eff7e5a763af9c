"""XML-RPC answers with their types and the order of their keys, as lines that can be compared."""

import re
import xml.etree.ElementTree
import xmlrpc.client

# What changes from run to run, by key of a struct, and in texts.
TIMES = ("start", "stop", "now")
UPTIME = re.compile(r"^pid \d+, uptime \d+:\d\d:\d\d$")
DATE = re.compile(r"^[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M$")

call_text = xmlrpc.client.dumps


def call(method, *params):
    """The body of a call."""
    return call_text(params, method).encode()


def steady(key, kind, text):
    """The text of a member, without what is chance."""
    if key in TIMES and text != "0":
        return "<time>"
    if key == "pid" and text != "0":
        return "<pid>"
    if key == "description" and kind == "string":
        return DATE.sub("<date>", UPTIME.sub("pid <pid>, uptime <time>", text))
    return text


def struct(value):
    """The members of a struct: (name, value element), in order."""
    return [(member.findtext("name"), member.find("value")) for member in value.findall("member")]


def shown(value, key=None):
    """A <value> element as text: type and contents."""
    if not len(value):
        return f"bare {value.text!r}"
    (kind,) = value
    if kind.tag == "array":
        return "[" + ", ".join(shown(item) for item in kind.find("data")) + "]"
    if kind.tag == "struct":
        return "{" + ", ".join(f"{name}: {shown(item, name)}" for name, item in struct(kind)) + "}"
    text = steady(key, kind.tag, kind.text or "")
    return repr(text) if kind.tag == "string" else f"{kind.tag} {text}"


def rows(value):
    """A result as lines: an array of structs has a line for each."""
    (kind,) = value
    if kind.tag == "array" and kind.find("data/value/struct") is not None:
        return [shown(item) for item in kind.find("data")]
    return [shown(value)]


def result(body):
    """An answer's body as lines: the result, the fault, or what is wrong with it."""
    try:
        document = xml.etree.ElementTree.fromstring(body)
    except xml.etree.ElementTree.ParseError:
        return ["not XML"]
    fault = document.find("fault/value/struct")
    if fault is not None:
        return ["fault " + ", ".join(f"{name}: {shown(item)}" for name, item in struct(fault))]
    params = document.findall("params/param/value")
    return rows(params[0]) if len(params) == 1 else [f"{len(params)} results"]


def plain(body):
    """An answer's result as a Python value; a fault is raised."""
    return xmlrpc.client.loads(body)[0][0]
