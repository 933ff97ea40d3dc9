"""Networks that no relay may reach: IANA's special-purpose address registries (RFC 6890, updates), and multicast."""

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SPECIAL: list[Network] = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # RFC 791: this network
        "10.0.0.0/8",  # RFC 1918
        "100.64.0.0/10",  # RFC 6598: between a carrier and its customers
        "127.0.0.0/8",  # RFC 1122: loopback
        "169.254.0.0/16",  # RFC 3927: link-local, with the clouds' metadata
        "172.16.0.0/12",  # RFC 1918
        "192.0.0.0/24",  # RFC 6890: protocol assignments
        "192.0.2.0/24",  # RFC 5737: documentation
        "192.31.196.0/24",  # RFC 7535: AS112
        "192.52.193.0/24",  # RFC 7450: AMT
        "192.88.99.0/24",  # RFC 7526: what was 6to4
        "192.168.0.0/16",  # RFC 1918
        "192.175.48.0/24",  # RFC 7534: AS112
        "198.18.0.0/15",  # RFC 2544: benchmarks
        "198.51.100.0/24",  # RFC 5737
        "203.0.113.0/24",  # RFC 5737
        "224.0.0.0/4",  # RFC 5771: multicast
        "240.0.0.0/4",  # RFC 1112: reserved, and broadcast
        "::/128",  # RFC 4291: unspecified
        "::1/128",  # RFC 4291: loopback
        "::/96",  # RFC 4291: what was IPv4-compatible
        "::ffff:0:0/96",  # RFC 4291: IPv4-mapped
        "64:ff9b::/96",  # RFC 6052: to IPv4
        "64:ff9b:1::/48",  # RFC 8215: to IPv4, local
        "100::/64",  # RFC 6666: discard
        "100:0:0:1::/64",  # RFC 9780: dummy
        "2001::/23",  # RFC 2928: protocol assignments, Teredo and ORCHID among them
        "2001:db8::/32",  # RFC 3849: documentation
        "2002::/16",  # RFC 3056: 6to4
        "2620:4f:8000::/48",  # RFC 7534: AS112
        "3fff::/20",  # RFC 9637: documentation
        "5f00::/16",  # RFC 9602: segment routing
        "fc00::/7",  # RFC 4193: unique local
        "fe80::/10",  # RFC 4291: link-local
        "fec0::/10",  # RFC 3879: what was site-local
        "ff00::/8",  # RFC 4291: multicast
    )
]
