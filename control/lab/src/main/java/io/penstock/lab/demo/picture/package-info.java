/** The demo's picture: state in, lines out. Pure. */
@NullMarked
package io.penstock.lab.demo.picture;

import org.jspecify.annotations.NullMarked;
