"""Certificates and password hashes for the tests of what is served over HTTPS; made anew each time."""
import base64
import ctypes
import os
import subprocess


def openssl(folder, *args, stdin=None):
    r = subprocess.run(["openssl", *args], cwd=folder, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if r.returncode:
        raise AssertionError("openssl %s: %s" % (args[0], r.stderr.decode()))
    return r.stdout


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-keyout", name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name,
                "-addext", "basicConstraints=critical,CA:TRUE")

    def issue(self, name, sans="DNS:localhost,IP:127.0.0.1", days=20, usage="serverAuth,clientAuth"):
        """NAME.pem and NAME.key"""
        request = openssl(self.folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                          "-keyout", name + ".key", "-subj", "/CN=" + name)
        with open(os.path.join(self.folder, name + ".ext"), "w", encoding="ascii") as f:
            f.write("subjectAltName=%s\nextendedKeyUsage=%s\n" % (sans, usage))
        openssl(self.folder, "x509", "-req", "-CA", self.name + ".pem", "-CAkey", self.name + ".key", "-days", str(days),
                "-extfile", name + ".ext", "-out", name + ".pem", stdin=request)
        os.chmod(os.path.join(self.folder, name + ".key"), 0o600)


def bcrypt(password, cost=4):
    """As htpasswd -B prints it, by crypt(3)."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    return library.crypt(password.encode(), b"$2y$%02d$abcdefghijklmnopqrstuu" % cost).decode()


def base64_of(text):
    return base64.b64encode(text.encode()).decode()
