@NullMarked
package io.penstock.lab;

import org.jspecify.annotations.NullMarked;
