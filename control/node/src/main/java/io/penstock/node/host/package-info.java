/**
 * What a node changes at its host, and how that is put back: addresses, routes in tables of our own, rules, one nftables table,
 * sysctls, offloads. {@code HostPlan} decides, pure; {@code Host} carries it out by {@code LinuxHost} and remembers in a journal.
 */
@NullMarked
package io.penstock.node.host;

import org.jspecify.annotations.NullMarked;
