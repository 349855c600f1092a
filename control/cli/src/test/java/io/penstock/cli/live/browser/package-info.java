/** A real browser, driven as a person would use it. */
@NullMarked
package io.penstock.cli.live.browser;

import org.jspecify.annotations.NullMarked;
