"""Where libvirt has the screen of a machine at this moment."""

from xml.etree import ElementTree

import libvirt
from links import RefusedError

# A console needs to look only; libvirt itself leaves the sockets' paths in what such a look shows.
_SOCKET = "devices/graphics[@type='vnc']/listen[@type='socket']"


def _be_silent(_context, _error):
    """libvirt would write each error to standard error too."""


def _socket_of(domain):
    listen = ElementTree.fromstring(domain.XMLDesc(0)).find(_SOCKET)
    return None if listen is None else listen.get("socket")


class Screens:
    def __init__(self, settings):
        self._uri = settings.libvirt_uri
        libvirt.registerErrorHandler(_be_silent, None)

    def find(self, target):
        """The path of the socket that the machine's emulator serves VNC on. RefusedError."""
        try:
            connection = libvirt.openReadOnly(self._uri)
        except libvirt.libvirtError:
            raise RefusedError(503, "libvirt does not answer", target.vps_id) from None
        try:
            return self._find(connection, target)
        except libvirt.libvirtError as error:
            reason = f"libvirt has no such machine now: error {error.get_error_code()}"
            raise RefusedError(404, reason, target.vps_id) from None
        finally:
            connection.close()

    def _find(self, connection, target):
        domain = connection.lookupByName(f"vps-{target.vps_id}")
        # Built anew since: another machine under the old name, perhaps another owner's secrets.
        if target.machine_uuid and domain.UUIDString() != target.machine_uuid:
            raise RefusedError(403, "the machine was built anew since", target.vps_id)
        if not domain.isActive():
            raise RefusedError(404, "the machine does not run", target.vps_id)
        path = _socket_of(domain)
        if path is None:
            raise RefusedError(404, "the machine has no screen", target.vps_id)
        return path
