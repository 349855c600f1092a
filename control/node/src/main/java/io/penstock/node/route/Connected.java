package io.penstock.node.route;

import io.penstock.wireguard.route.Prefix;

/**
 * A network that the host is connected to, by another interface than the tunnel's.
 *
 * @param prefix what is on the link
 * @param interfaceName the link
 */
public record Connected(Prefix prefix, String interfaceName) {}
