/**
 * What people and programs may do with the coordinator. {@link io.penstock.server.admin.Gate} is the one place that decides
 * and keeps the audit log; each group of operations goes through it.
 */
@NullMarked
package io.penstock.server.admin;

import org.jspecify.annotations.NullMarked;
