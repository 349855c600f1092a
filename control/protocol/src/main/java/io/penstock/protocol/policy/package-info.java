/**
 * Who may do what: policy files in HuJSON, as headscale and Tailscale write them, and what follows from them.
 *
 * <p>A file becomes a {@link io.penstock.protocol.policy.Policy}, or a list of findings that name line and column; it is
 * good as a whole or not at all. A {@link io.penstock.protocol.policy.PolicyIndex} holds the nodes of one network under one
 * policy. It sorts them into classes: nodes that the same selectors of the file mean. Rules are matched with classes, never
 * with pairs of nodes, so that the cost of a policy is its rules times the classes.
 */
@NullMarked
package io.penstock.protocol.policy;

import org.jspecify.annotations.NullMarked;
