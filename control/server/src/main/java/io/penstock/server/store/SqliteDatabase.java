package io.penstock.server.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * One file of SQLite with its write-ahead log. {@code synchronous=FULL}: the log is forced to the disk before a commit returns,
 * so that neither a killed process nor a power cut loses what was acknowledged. The only class with SQL that is SQLite's.
 */
final class SqliteDatabase implements Database {
    private static final int BUSY_TIMEOUT_MS = 5000; // only a checkpoint can be in the way; there is one writer
    private static final String LIBRARY_PROPERTY = "org.sqlite.tmpdir";

    private final Path file;

    /** Where the file is, or will be; its folder exists and belongs to this process. */
    SqliteDatabase(Path file) {
        this.file = file;
    }

    /**
     * Tells the driver where to unpack its library: into the state folder, which is ours alone and which, other than
     * {@code /tmp}, is seldom mounted noexec. An operator's own setting stays.
     */
    static void unpackLibraryInto(StateFolder folder) {
        if (System.getProperty(LIBRARY_PROPERTY) == null) {
            System.setProperty(LIBRARY_PROPERTY, folder.makeFolder("native").toString());
        }
    }

    @Override
    public Connection openWriter() throws SQLException {
        try {
            StateFolder.createOwnerOnly(file); // SQLite gives the log the mode of the file
        } catch (IOException e) {
            throw new SQLException("cannot make " + file + ": " + e.getMessage(), e);
        }
        Connection connection = connect(file);
        pragma(connection, "journal_mode=WAL");
        pragma(connection, "synchronous=FULL");
        pragma(connection, "foreign_keys=ON");
        return connection;
    }

    @Override
    public Connection openReader() throws SQLException {
        Connection connection = connect(file);
        pragma(connection, "query_only=ON");
        connection.setAutoCommit(false);
        return connection;
    }

    private static Connection connect(Path file) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try {
            pragma(connection, "busy_timeout=" + BUSY_TIMEOUT_MS);
            pragma(connection, "trusted_schema=OFF");
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    private static void pragma(Connection connection, String setting) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA " + setting);
        }
    }

    @Override
    public void backup(Path target) throws SQLException {
        if (Files.exists(target)) {
            throw new SQLException(target + " exists");
        }
        try {
            StateFolder.createOwnerOnly(target);
        } catch (IOException e) {
            throw new SQLException("cannot make " + target + ": " + e.getMessage(), e);
        }
        // Takes one moment of the database and no lock against the writer; an empty file counts as none.
        try (Connection source = connect(file);
                PreparedStatement vacuum = source.prepareStatement("VACUUM INTO ?")) {
            vacuum.setString(1, target.toString());
            vacuum.execute();
        }
    }

    @Override
    public List<String> faults(Connection connection) throws SQLException {
        List<String> faults = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("PRAGMA integrity_check(20)")) {
                while (row.next()) {
                    if (!row.getString(1).equals("ok")) {
                        faults.add(row.getString(1));
                    }
                }
            }
            try (ResultSet row = statement.executeQuery("PRAGMA foreign_key_check")) {
                while (row.next()) {
                    faults.add("a row of " + row.getString(1) + " refers to a missing row of " + row.getString(3));
                }
            }
        }
        return faults;
    }

    @Override
    public String place() {
        return file.toString();
    }
}
