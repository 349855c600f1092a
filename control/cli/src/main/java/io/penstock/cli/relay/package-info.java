/** {@code penstock relay}: a relay of its own. On the class path of a server only, but for what explains the command. */
@NullMarked
package io.penstock.cli.relay;

import org.jspecify.annotations.NullMarked;
