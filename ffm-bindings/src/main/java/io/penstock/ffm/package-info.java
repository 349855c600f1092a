@NullMarked
package io.penstock.ffm;

import org.jspecify.annotations.NullMarked;
