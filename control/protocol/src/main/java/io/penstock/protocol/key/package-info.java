/** The keys of the control plane, one type each, so that none is taken for another, and their text forms. */
@NullMarked
package io.penstock.protocol.key;

import org.jspecify.annotations.NullMarked;
