package io.penstock.server.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** What differs between one kind of database and another. Everything else speaks the SQL that they have in common. */
interface Database {
    /** A connection for {@link Store}'s only writer; a commit on it is on the disk when it returns. */
    Connection openWriter() throws SQLException;

    /** A connection whose transactions see one moment and can change nothing. */
    Connection openReader() throws SQLException;

    /**
     * Copies what is committed to a new file, while others go on reading and writing.
     *
     * @throws SQLException if the file exists or cannot be written
     */
    void backup(Path target) throws SQLException;

    /** What is wrong with the stored bytes, or nothing. */
    List<String> faults(Connection connection) throws SQLException;

    /** Where the data lies, for messages. */
    String place();
}
