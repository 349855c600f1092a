/** RTNETLINK: links, addresses, routes, rules and link events without any {@code ip} program. */
@NullMarked
package io.penstock.ffm.netlink;

import org.jspecify.annotations.NullMarked;
