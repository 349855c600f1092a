/** Joins the policy files of {@code io.penstock.protocol.policy} with what this coordinator knows of users and nodes. */
@NullMarked
package io.penstock.server.policy;

import org.jspecify.annotations.NullMarked;
