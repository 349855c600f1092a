/**
 * The coordinator: a drop box of public keys. Nodes leave their keys and addresses, others of their domain fetch them; it never
 * sees a private key of a node or a packet. {@code model} decides, {@code store} remembers, {@code registry} joins the two.
 */
@NullMarked
package io.penstock.server;

import org.jspecify.annotations.NullMarked;
