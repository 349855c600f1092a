/** Raw bindings of libipsec-mb, BoringSSL and libcrypto; absent libraries are a value, not an error. */
@NullMarked
package io.penstock.ffm.crypto;

import org.jspecify.annotations.NullMarked;
