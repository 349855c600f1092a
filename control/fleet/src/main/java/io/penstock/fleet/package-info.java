/**
 * Many nodes in one process, each with a connection of its own, to measure a coordinator: how soon a change of one is with all
 * who see it, and how soon all are back after the coordinator was gone.
 */
@NullMarked
package io.penstock.fleet;

import org.jspecify.annotations.NullMarked;
