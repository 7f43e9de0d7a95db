# SPDX-License-Identifier: Apache-2.0
"""`relevo diff` of keepalived.conf."""
import pytest

from test_vrrp_interop import config
from test_vrrp_peers import Peers


@pytest.fixture
def lab():
    made = Peers()
    yield made
    made.close()


def test_keepalived_conf(lab):
    lab.start(0, config(101))
    lab.until_owner(0, 9)
    file = lab.directory / "relevo0.conf"
    same = lab.command(0, "diff")
    assert (same.returncode, same.stdout) == (0, "nothing would change\n")
    text = file.read_text()
    file.write_text(text.replace("priority 101", "priority 99").replace("10.1.1.80", "10.1.1.80\n10.1.1.81 dev eth0")
                    .replace("router_id lab", "router_id lab\nsmtp_connect_timeout 9") + "vrrp_sync_group G {\ngroup {\nVI_1\n}\n}\n")
    done = lab.command(0, "diff")
    assert done.returncode == 1
    assert done.stdout == ("global_defs\n  + smtp_connect_timeout 9\n"
                           "vrrp_instance VI_1\n  - priority 101\n  + priority 99\n  + virtual_ipaddress: 10.1.1.81 dev eth0\n"
                           "vrrp_sync_group G: added\n  + group\n  + group: VI_1\n")
    file.write_text(text.replace("priority 101", "priority much"))
    done = lab.command(0, "diff")
    assert done.returncode == 2 and "much" in done.stderr and done.stdout == ""
    assert lab.owners() == [0]
