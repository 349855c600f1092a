/**
 * JSON as people write it, with comments and trailing commas: of policies and of a node's settings. Values know their places in
 * the file, so that what is wrong about one is said with line and column.
 */
@NullMarked
package io.penstock.protocol.hujson;

import org.jspecify.annotations.NullMarked;
