/**
 * What a coordinator knows and how it decides. Pure: values and functions without a database, clock, thread or source of
 * randomness; all of these come in as arguments.
 */
@NullMarked
package io.penstock.server.model;

import org.jspecify.annotations.NullMarked;
