"""What the networking API refuses, in the words of Neutron."""

from tacker_lite.tests.functional.pop import network_cloud, network_mistakes
from tacker_lite.tests.functional.pop.lab_server import LabCase


class NetworkMistakesTest(LabCase):
    def test_refusals(self):
        admin, member = self.sdk(), self.sdk("demo")
        cloud = network_cloud.Cloud({"admin": admin.session, "member": member.session})
        network_cloud.prepare(
            cloud,
            member.current_project_id,
            admin.network.find_network("public").id,
            admin.network.find_network("net_mgmt").id,
        )
        for name, mistake in network_mistakes.MISTAKES.items():
            status, kind, message = cloud.refusal(mistake)
            answer = (status, kind if mistake.type else None)
            self.assertEqual((mistake.status, mistake.type), answer, (name, message))
            self.assertTrue(message, name)
