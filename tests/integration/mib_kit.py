"""The standard's modules that SAWATCH-MIB imports. They are nobody's to copy into this project, and Debian main has none of them."""
import glob
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

MODULES = ("SNMPv2-SMI", "SNMPv2-TC", "SNMPv2-CONF")
FOLDERS = ("/usr/share/snmp/mibs/ietf", "/usr/share/mibs/ietf", "/var/lib/mibs/ietf", "/var/lib/snmp/mibs/ietf")
PACKAGE = "net-snmp@3.29.2"  # of npm: MIT, with the modules beside


def _from_npm(kept):
    """Fetches the package once for each build folder, without running anything of it."""
    if not shutil.which("npm"):
        return False
    with tempfile.TemporaryDirectory() as d:
        try:
            subprocess.run(["npm", "pack", "--silent", "--ignore-scripts", PACKAGE], cwd=d, check=True, timeout=90,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            return False
        part = kept + ".part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        with tarfile.open(glob.glob(os.path.join(d, "*.tgz"))[0]) as package:
            for name in MODULES:
                with package.extractfile("package/lib/mibs/%s.mib" % name) as f, \
                        open(os.path.join(part, name), "wb") as out:
                    out.write(f.read())
        shutil.rmtree(kept, ignore_errors=True)
        os.rename(part, kept)
    return True


def base_modules():
    """A folder that has them; ends the test as skipped where there is none."""
    kept = os.path.join(os.environ["top_builddir"], "tests", "mibs")
    for folder in (os.environ.get("SAWATCH_TEST_MIBS", ""), *FOLDERS, kept):
        if folder and all(os.path.exists(os.path.join(folder, name)) for name in MODULES):
            return folder
    if _from_npm(kept):
        return kept
    print("skipped: no SNMPv2-SMI, SNMPv2-TC and SNMPv2-CONF; install snmp-mibs-downloader, or npm, or name a folder that "
          "has them in SAWATCH_TEST_MIBS")
    sys.exit(77)
