/** People who sign in at a real identity provider, by a real browser, and their devices. */
@NullMarked
package io.penstock.cli.live.login;

import org.jspecify.annotations.NullMarked;
