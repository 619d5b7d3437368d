#!/usr/bin/env python3
"""check_sawatch over HTTPS, where a certificate and a password are required: OK of a device that is read, and UNKNOWN that says what is missing."""
import os
import subprocess

from daemon_kit import House, check, program, wait_for
from web_kit import Authority, bcrypt


def ask(house, *options, **env):
    """exit status and text"""
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("SAWATCH_")}, **env}
    r = subprocess.run([program("check_sawatch"), "--server", house.url.rstrip("/"), "-d", "ASA-XFW01", *options], cwd=house.dir,
                       env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=60, check=False)
    assert r.stderr == "" and r.stdout.count("\n") == 1, r.stdout + r.stderr
    return r.returncode, r.stdout


def main():
    with House() as house:
        ca = Authority(house.dir, "ca")
        ca.issue("server")
        ca.issue("client")
        Authority(house.dir, "otherca").issue("stranger")
        house.write("auth-file", "monitor:s3cr:t\n")
        house.write("web.yml", "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  client_ca_file: ca.pem\n"
                    "  client_auth_type: RequireAndVerifyClientCert\nbasic_auth_users:\n  monitor: %s\n" % bcrypt("s3cr:t"), 0o640)
        ports = house.simulate()
        house.configure(["  - {name: %s, platform: %s, address: 127.0.0.1, snmp: {port: %s}}" % (name, platform, ports[name])
                         for name, platform in (("ASA-XFW01", "asa"), ("ASR-WAN01", "iosxe"))], web="{config_file: web.yml}")
        house.run_daemon()
        trust = ("--ca-file", "ca.pem")
        own = ("--cert-file", "client.pem", "--key-file", "client.key")
        user = ("--auth-file", "auth-file")
        wait_for("OK of a device that is read", lambda: ask(house, *trust, *own, *user)[0] == 0)
        status, text = ask(house, *trust, *own, *user)
        check("with its verdict", status == 0 and "ASA-XFW01: 2 tunnels: 2 up" in text)
        status, text = ask(house, SAWATCH_CA_FILE="ca.pem", SAWATCH_CERT_FILE="client.pem", SAWATCH_KEY_FILE="client.key",
                           SAWATCH_AUTH_FILE="auth-file")
        check("the same by the environment", status == 0 and "2 up" in text)
        house.tell_sim("cut 1")
        wait_for("CRITICAL as well", lambda: ask(house, *trust, *own, *user)[0] == 2)
        for what, options in (("no certificate", ()), ("a stranger's", ("--cert-file", "stranger.pem", "--key-file", "stranger.key"))):
            status, text = ask(house, *trust, *user, *options)
            check("%s is UNKNOWN, and what is needed is said: %s" % (what, text.strip()), status == 3 and "it hung up before it answered" in text and
                  ("stranger.pem" if options else "--cert-file") in text)
        status, text = ask(house, *trust, *own)
        check("no password is UNKNOWN, and what is needed is said: " + text.strip(), status == 3 and "--auth-file" in text)
        check("no secret is told", "s3cr" not in house.log())


if __name__ == "__main__":
    main()
