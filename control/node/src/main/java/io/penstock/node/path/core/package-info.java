/**
 * How a node finds paths to its peers: which addresses are tried and when, which path is used, what the node tells of itself, and
 * which relay is its home. State machines of events and times in, actions out. Pure.
 */
@NullMarked
package io.penstock.node.path.core;

import org.jspecify.annotations.NullMarked;
