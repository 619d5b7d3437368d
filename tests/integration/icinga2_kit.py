"""A real Icinga 2 in a folder of its own, unprivileged, with an API on loopback."""
import json
import os
import secrets
import shutil
import ssl
import subprocess
import tempfile
import urllib.request

from daemon_kit import SOURCE, program
from monitoring_kit import DROP, GROUP, OWNER, USER, Monitor
from ports_kit import free_port

ICINGA = shutil.which("icinga2", path=os.environ["PATH"] + ":/usr/sbin")


class Icinga(Monitor):
    """objects: its configuration besides the shipped one"""

    def __init__(self, house, objects):
        self.house = house
        self.dir = tempfile.mkdtemp(prefix="sawatch-icinga2-")
        self.process = None
        self.port, self.password = free_port(), secrets.token_hex(16)
        shutil.copy(program("check_sawatch"), self.dir)
        self.write("icinga2.conf", """
include <itl>
const PluginDir = "%s"
const NodeName = "here"
const ZoneName = "here"
object Endpoint NodeName { }
object Zone ZoneName { endpoints = [ NodeName ] }
object CheckerComponent "checker" { }
object ApiListener "api" { bind_host = "127.0.0.1", bind_port = %d }
object ApiUser "test" { password = "%s", permissions = [ "*" ] }
include "sawatch.conf"
include "objects.conf"
""" % (self.dir, self.port, self.password))
        shutil.copy(os.path.join(SOURCE, "plugins", "icinga2", "sawatch.conf"), self.dir)
        self.write("objects.conf", objects)
        for name in ("data/certs", "data/ca", "log", "cache", "run", "spool", "etc"):
            os.makedirs(os.path.join(self.dir, name))
        certs = os.path.join(self.dir, "data", "certs")
        key, request, cert = (os.path.join(certs, "here" + e) for e in (".key", ".csr", ".crt"))
        self.own()
        self.icinga("pki", "new-ca")
        self.icinga("pki", "new-cert", "--cn", "here", "--key", key, "--csr", request)
        self.icinga("pki", "sign-csr", "--csr", request, "--cert", cert)
        shutil.copy(os.path.join(self.dir, "data", "ca", "ca.crt"), os.path.join(certs, "ca.crt"))
        self.own()

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
            f.write(text)

    def own(self):
        for folder, _, files in os.walk(self.dir):
            for path in [folder] + [os.path.join(folder, f) for f in files]:
                os.chown(path, OWNER.pw_uid, OWNER.pw_gid)

    def command(self, *words):
        places = {"ConfigDir": "etc", "DataDir": "data", "LogDir": "log", "CacheDir": "cache", "InitRunDir": "run", "SpoolDir": "spool"}
        return [*DROP, ICINGA, *words, *["-D%s=%s" % (k, os.path.join(self.dir, v)) for k, v in places.items()], "-DRunAsUser=" + USER,
                "-DRunAsGroup=" + GROUP]

    def icinga(self, *words):
        r = subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
                           timeout=60, check=False, cwd=self.dir)
        if r.returncode:
            raise AssertionError("icinga2 %s: %s" % (" ".join(words), r.stdout))
        return r.stdout

    def start(self):
        log = open(os.path.join(self.dir, "icinga2.log"), "w", encoding="utf-8")
        self.process = self.house.start(self.command("daemon", "-c", os.path.join(self.dir, "icinga2.conf")), stdout=log, stderr=log)
        log.close()

    def ask(self, path, body=None):
        url = "https://127.0.0.1:%d/v1/%s" % (self.port, path)
        request = urllib.request.Request(url, headers={"Accept": "application/json"},
                                         data=json.dumps(body).encode() if body is not None else None)
        manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        manager.add_password(None, url, "test", self.password)
        # Its certificate was made a moment ago, by a CA that was made a moment ago.
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),
                                             urllib.request.HTTPBasicAuthHandler(manager))
        with opener.open(request, timeout=5) as answer:
            return json.load(answer)["results"]

    def services(self):
        """(host, service) -> (state, text, result) of what has been checked; None while the API is not there"""
        try:
            found = self.ask("objects/services")
        except OSError:
            return None
        return {(a["host_name"], a["display_name"]): (int(a["last_check_result"]["state"]), a["last_check_result"]["output"], a["last_check_result"])
                for a in (r["attrs"] for r in found) if a["last_check_result"]}

    def log(self):
        return self.read("icinga2.log")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
