/**
 * Sites behind routers that translate, and behind firewalls, and whether they meet. Namespaces stand for machines; the drawing is in
 * {@link io.penstock.cli.live.nat.NatSite}.
 */
@NullMarked
package io.penstock.cli.live.nat;

import org.jspecify.annotations.NullMarked;
