"""From where somebody asks, for counting what one address may do."""

from ipaddress import ip_address, ip_network


def network_of(address: str) -> str:
    """The address; of IPv6 its /64, of which a single household has billions of addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:45]
    if found.version == 4:
        return str(found)
    return str(ip_network((found, 64), strict=False).network_address)
