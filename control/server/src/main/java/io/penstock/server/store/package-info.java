/**
 * What the coordinator remembers, in one SQLite file. {@link io.penstock.server.store.Store} runs transactions; each table has a
 * class that owns its SQL, which is common to SQLite and PostgreSQL. What only SQLite understands is in
 * {@link io.penstock.server.store.SqliteDatabase} alone.
 */
@NullMarked
package io.penstock.server.store;

import org.jspecify.annotations.NullMarked;
