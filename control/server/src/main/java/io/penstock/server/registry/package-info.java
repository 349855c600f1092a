/** How nodes come in, tell where they are, and go: each a transaction of the store in which the model decides. */
@NullMarked
package io.penstock.server.registry;

import org.jspecify.annotations.NullMarked;
