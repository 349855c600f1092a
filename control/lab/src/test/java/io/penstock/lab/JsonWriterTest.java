package io.penstock.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class JsonWriterTest {
    private final JsonWriter json = new JsonWriter();

    @Test
    void writesNestedValuesWithCommasBetweenThem() {
        json.beginObject();
        json.name("a").value(1);
        json.name("b").beginArray().value("x").value(true).nullValue().endArray();
        json.name("c").beginObject().endObject();
        json.name("d").value(1.23456, 2);
        json.endObject();

        String expected = """
                {
                  "a": 1,
                  "b": [
                    "x",
                    true,
                    null
                  ],
                  "c": {},
                  "d": 1.23
                }
                """;
        assertEquals(expected, json.document());
    }

    @Test
    void escapesWhatWouldEndOrBreakAString() {
        assertEquals(
                "\"q\\\" b\\\\ n\\n r\\r t\\t e\\u001b z\\u0000 d\\u007f ä€ \uD83D\uDE00\"\n",
                json.value("q\" b\\ n\n r\r t\t e\u001b z\u0000 d\u007f ä€ \uD83D\uDE00")
                        .document());
    }

    @Test
    void escapesHalvesOfPairs() {
        assertEquals("\"\\ud83dx\\ude00\"\n", json.value("\uD83Dx\uDE00").document());
    }

    @Test
    void writesNullForWhatIsNoNumber() {
        json.beginArray()
                .value(Double.NaN, 1)
                .value(Double.POSITIVE_INFINITY, 1)
                .value(-0.5, 3)
                .endArray();

        assertEquals("[\n  null,\n  null,\n  -0.500\n]\n", json.document());
    }

    @Test
    void refusesAnUnfinishedDocument() {
        json.beginObject();

        assertThrows(IllegalStateException.class, json::document);
    }

    @Test
    void refusesAValueWithoutANameAndANameWithoutAValue() {
        json.beginObject();
        assertThrows(IllegalStateException.class, () -> json.value(1));
        json.name("a");
        assertThrows(IllegalStateException.class, () -> json.name("b"));
        assertThrows(IllegalStateException.class, json::endObject);
    }

    @Test
    void refusesTheWrongBracketAndASecondDocument() {
        json.beginArray();
        assertThrows(IllegalStateException.class, json::endObject);
        json.endArray();
        assertThrows(IllegalStateException.class, () -> json.value(2));
    }
}
