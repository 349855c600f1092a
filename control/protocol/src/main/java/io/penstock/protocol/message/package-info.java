/**
 * The messages inside the control connection, as records. Names in JSON are written exactly as here and read in any case.
 * {@code null}, zero and empty follow Go: a component that is not nullable is never null, and what is zero or empty is left out
 * of JSON where Go does so. A nullable collection says that "none" and "unchanged" differ. All records are immutable.
 */
@NullMarked
package io.penstock.protocol.message;

import org.jspecify.annotations.NullMarked;
