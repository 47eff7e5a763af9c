"""What README shows: the image FROM scratch, the one with nginx and redis, and the Kubernetes manifest."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from containers import HERE, LIMITS, PLACE, Container, Skip, podman, wait_for

MANIFEST = HERE / "deployment.yaml"
BASE_IMAGE = "localhost/onevisor-base:bookworm"  # made by tests/bench/images
ASK = (
    "import urllib.request as r; a = r.urlopen('http://127.0.0.1:9001%s'); print(a.status, a.read().decode())"
)


def built(world, dockerfile, configuration, *flags):
    """Builds an image as README says; gives its name."""
    context = pathlib.Path(tempfile.mkdtemp(dir=world.work))
    shutil.copy(world.binary, context / "onevisor")
    shutil.copy(world.root / "bin/helper", context / "my-program")
    shutil.copy(HERE / configuration, context)
    name = f"{world.image.rpartition(':')[0]}-{dockerfile.rpartition('.')[2]}:latest"
    podman(
        "build",
        "-q",
        "--runtime",
        shutil.which("runc"),
        *LIMITS,
        *flags,
        "-t",
        name,
        "-f",
        HERE / dockerfile,
        context,
    )
    return name


class Image:
    """A container of another image than the tests' own, with nothing but what the image says."""

    def __init__(self, name, *command, flags=()):
        self.id = podman("run", "-d", *PLACE, *LIMITS, *flags, name, *command).stdout.strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        podman("rm", "-f", "-t", "0", self.id, check=False)

    def says(self, text):
        """Waits until its output has that text."""

        def output():
            done = podman("logs", self.id)
            return done.stdout + done.stderr

        try:
            wait_for(text, lambda: text in output())
        except Exception as error:
            raise AssertionError(f"{error}; it said:\n{output()}") from error

    def asked(self, path):
        """What its HTTP server answers, asked from inside its network."""
        pid = podman("inspect", "-f", "{{.State.Pid}}", self.id).stdout.strip()
        words = ["nsenter", "-t", pid, "-n", sys.executable, "-c", ASK % path]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=30).stdout.strip()

    def stop(self):
        """podman stop; the exit code."""
        podman("stop", "-t", "30", self.id)
        return int(podman("wait", "-i", "20ms", self.id).stdout)


def case_the_image_from_scratch(world):
    """Images: Dockerfile.scratch as it stands; its size is told."""
    name = built(world, "Dockerfile.scratch", "scratch.conf")
    try:
        with Image(name) as container:
            container.says("entered RUNNING state")
            assert container.stop() == 0
        size = json.loads(podman("inspect", name).stdout)[0]["Size"]
    finally:
        podman("rmi", "-f", name, check=False)
    return f"{size / 1e6:.1f} MB"


def case_the_image_on_debian(world):
    """Images: Dockerfile.debian with nginx and redis; needs the base and the network for apt."""
    if podman("image", "exists", BASE_IMAGE, check=False).returncode != 0:
        raise Skip("no Debian base image here; tests/bench/images makes one")
    name = built(
        world, "Dockerfile.debian", "debian.conf", "--network", "host", "--build-arg", f"BASE={BASE_IMAGE}"
    )
    with Image(name) as container:
        container.says("success: redis entered RUNNING state")
        container.says("success: nginx entered RUNNING state")
        assert "PONG" in podman("exec", container.id, "redis-cli", "ping").stdout
        status = podman("exec", container.id, "supervisorctl", "status").stdout
        assert status.count("RUNNING") == 2, status
        assert container.stop() == 0


def documents():
    """The manifest's documents by kind."""
    try:
        import yaml
    except ImportError:
        raise Skip("no PyYAML here; tests/run containers installs it") from None
    return {
        document["kind"]: document for document in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8"))
    }


def case_the_manifest_follows_the_schema(_world):
    """Kubernetes: each document against the schema of the API, unknown fields refused."""
    found = documents()
    try:
        import kubernetes_validate
    except ImportError:
        raise Skip("no kubernetes-validate here; tests/run containers installs it") from None
    version = kubernetes_validate.latest_version()
    for document in found.values():
        kubernetes_validate.validate(document, version, strict=True)
    broken = found["Deployment"]
    broken["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    try:
        kubernetes_validate.validate(broken, version, strict=True)
    except kubernetes_validate.ValidationError:
        return f"version {version}"
    raise AssertionError("the schema finds no mistakes")


def case_the_manifest_means_well(world):
    """Kubernetes: the restricted profile, the budget of the end, the probes' paths and the configuration in it."""
    found = documents()
    pod = found["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    security = {**pod["securityContext"], **container["securityContext"]}
    assert (
        security["runAsNonRoot"]
        and security["readOnlyRootFilesystem"]
        and not security["allowPrivilegeEscalation"]
    )
    assert security["capabilities"] == {"drop": ["ALL"]} and security["seccompProfile"] == {
        "type": "RuntimeDefault"
    }
    probes = [container[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")]
    assert [probe["path"] for probe in probes] == ["/readyz", "/readyz", "/livez"]
    text = found["ConfigMap"]["data"]["supervisord.conf"]
    timeout = int(
        next(line.split("=")[1] for line in text.splitlines() if line.startswith("shutdown_timeout"))
    )
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert timeout + before < pod["terminationGracePeriodSeconds"], (timeout, before)
    assert (
        found["Service"]["spec"]["selector"].items()
        <= found["Deployment"]["spec"]["template"]["metadata"]["labels"].items()
    )
    path = world.folder() / "supervisord.conf"
    path.write_text(text, encoding="utf-8")
    environment = {"SUPERVISOR_PASSWORD": "x"}
    checked = subprocess.run(
        [world.binary, "check", path], env=environment, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def case_the_manifest_runs(world):
    """Kubernetes: its pod with the same restrictions in podman: ready, alive, and gone in order within its time."""
    found = documents()
    pod = found["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    folder = world.folder()
    for name, text in found["ConfigMap"]["data"].items():
        (folder / name).write_text(text, encoding="utf-8")
    user = pod["securityContext"]
    flags = [
        "--read-only",
        "--read-only-tmpfs=false",
        "--cap-drop",
        "all",
        "--security-opt",
        "no-new-privileges",
    ]
    flags += ["--user", f"{user['runAsUser']}:{user['runAsGroup']}", "--tmpfs", "/tmp:mode=1777"]
    flags += [
        "-v",
        f"{folder}:{container['volumeMounts'][0]['mountPath']}:ro",
        "-e",
        "SUPERVISOR_PASSWORD=secret",
    ]
    flags += ["--memory", container["resources"]["limits"]["memory"].replace("Mi", "m")]
    image = built(world, "Dockerfile.scratch", "scratch.conf")
    try:
        with Image(
            image,
            *container["command"][1:],
            *container["args"],
            flags=(*flags, "--entrypoint", container["command"][0]),
        ) as it:
            it.says("success: web entered RUNNING state")
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                assert it.asked(container[probe]["httpGet"]["path"]) == "200 ok", probe
            assert it.stop() == 0
    finally:
        podman("rmi", "-f", image, check=False)


def case_a_hook_that_stops_everything(world):
    """Kubernetes: `supervisorctl stop all --wait` in a preStop hook returns when all is stopped; SIGTERM then ends at once."""
    config = "[program:slow]\ncommand=/bin/helper slow 10\nstartsecs=0\n[program:quick]\ncommand=/bin/helper slow 0\nstartsecs=0\n"
    with Container(world, config=config) as container:
        container.reaches(slow="RUNNING", quick="RUNNING")
        container.execute("supervisorctl", "-c", "/shared/supervisord.conf", "stop", "all", "--wait")
        assert set(container.states().values()) == {"STOPPED"}
        assert container.info("slow")["exitstatus"] == 0
        assert container.stop() == 0
