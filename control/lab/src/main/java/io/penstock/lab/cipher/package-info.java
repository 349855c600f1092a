/** How fast the cipher engines are on this machine: {@code penstock speed aead}. */
@NullMarked
package io.penstock.lab.cipher;

import org.jspecify.annotations.NullMarked;
