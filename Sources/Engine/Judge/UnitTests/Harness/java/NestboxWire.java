// SPDX-License-Identifier: Apache-2.0
import java.io.*;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.*;

/** Frames of bytes, and values as data. Nothing here executes what it reads; Java's own serialization is not used. */
final class NestboxWire {
    static final class Malformed extends RuntimeException {
        Malformed(String message) { super(message); }
    }

    static final class NotSupported extends RuntimeException {
        NotSupported(Object value) { super("a value of " + value.getClass().getName()); }
    }

    private static final int MOST_DEPTH = 200;

    final DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in), 1 << 16));
    final DataOutputStream out = new DataOutputStream(new FileOutputStream(FileDescriptor.out));

    /** What is printed goes to standard error, and input is empty. */
    NestboxWire() {
        System.setOut(System.err);
        System.setIn(new ByteArrayInputStream(new byte[0]));
    }

    void send(byte[] message) throws IOException {
        byte[] frame = new byte[message.length + 4];
        java.nio.ByteBuffer.wrap(frame).putInt(message.length).put(message);
        out.write(frame);
        out.flush();
    }

    /** Null at the end. */
    byte[] receive(int most) throws IOException {
        int size;
        try {
            size = in.readInt();
        } catch (EOFException end) {
            return null;
        }
        if (size < 0 || size > most) throw new Malformed("a message of " + size + " bytes");
        byte[] message = in.readNBytes(size);
        return message.length < size ? null : message;
    }

    static void put(DataOutputStream to, Object value) throws IOException {
        if (value == null) {
            to.writeByte('0');
        } else if (value instanceof Boolean) {
            to.writeByte('Z');
            to.writeBoolean((Boolean) value);
        } else if (value instanceof Byte) {
            to.writeByte('B');
            to.writeByte((Byte) value);
        } else if (value instanceof Short) {
            to.writeByte('S');
            to.writeShort((Short) value);
        } else if (value instanceof Integer) {
            to.writeByte('I');
            to.writeInt((Integer) value);
        } else if (value instanceof Long) {
            to.writeByte('J');
            to.writeLong((Long) value);
        } else if (value instanceof Float) {
            to.writeByte('F');
            to.writeFloat((Float) value);
        } else if (value instanceof Double) {
            to.writeByte('D');
            to.writeDouble((Double) value);
        } else if (value instanceof Character) {
            to.writeByte('C');
            to.writeChar((Character) value);
        } else if (value instanceof String) {
            to.writeByte('s');
            text(to, (String) value);
        } else if (value instanceof BigInteger) {
            to.writeByte('n');
            text(to, value.toString());
        } else if (value instanceof BigDecimal) {
            to.writeByte('d');
            text(to, value.toString());
        } else if (value instanceof Optional) {
            to.writeByte('o');
            put(to, ((Optional<?>) value).orElse(null));
        } else if (value instanceof List || value instanceof Deque) {
            to.writeByte(value instanceof LinkedList ? 'k' : value instanceof List ? 'l' : 'q');
            items(to, (Collection<?>) value);
        } else if (value instanceof Set) {
            to.writeByte(value instanceof SortedSet ? 'u' : value instanceof LinkedHashSet ? 'v' : 'e');
            items(to, (Collection<?>) value);
        } else if (value instanceof Map) {
            to.writeByte(value instanceof SortedMap ? 't' : value instanceof LinkedHashMap ? 'h' : 'm');
            to.writeInt(((Map<?, ?>) value).size());
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                put(to, entry.getKey());
                put(to, entry.getValue());
            }
        } else if (value.getClass().isArray()) {
            to.writeByte('a');
            text(to, value.getClass().getName());
            int size = Array.getLength(value);
            to.writeInt(size);
            for (int i = 0; i < size; i++) put(to, Array.get(value, i));
        } else {
            throw new NotSupported(value);
        }
    }

    private static void items(DataOutputStream to, Collection<?> items) throws IOException {
        to.writeInt(items.size());
        for (Object item : items) put(to, item);
    }

    static void text(DataOutputStream to, String text) throws IOException {
        to.writeInt(text.length());
        to.writeChars(text);
    }

    static String text(DataInputStream from) throws IOException {
        int size = count(from);
        StringBuilder text = new StringBuilder(size);
        for (int i = 0; i < size; i++) text.append(from.readChar());
        return text.toString();
    }

    /** Of things that each have a byte at least. */
    private static int count(DataInputStream from) throws IOException {
        int size = from.readInt();
        if (size < 0 || size > from.available()) throw new Malformed("a count of " + size);
        return size;
    }

    static Object get(DataInputStream from, int depth) throws IOException {
        if (depth > MOST_DEPTH) throw new Malformed("values in values in values");
        int tag = from.readUnsignedByte();
        switch (tag) {
        case '0': return null;
        case 'Z': return from.readBoolean();
        case 'B': return from.readByte();
        case 'S': return from.readShort();
        case 'I': return from.readInt();
        case 'J': return from.readLong();
        case 'F': return from.readFloat();
        case 'D': return from.readDouble();
        case 'C': return from.readChar();
        case 's': return text(from);
        case 'n': return new BigInteger(text(from));
        case 'd': return new BigDecimal(text(from));
        case 'o': return Optional.ofNullable(get(from, depth + 1));
        case 'l': return items(from, new ArrayList<>(), depth);
        case 'k': return items(from, new LinkedList<>(), depth);
        case 'q': return items(from, new ArrayDeque<>(), depth);
        case 'e': return items(from, new HashSet<>(), depth);
        case 'v': return items(from, new LinkedHashSet<>(), depth);
        case 'u': return items(from, new TreeSet<>(), depth);
        case 'm': return pairs(from, new HashMap<>(), depth);
        case 'h': return pairs(from, new LinkedHashMap<>(), depth);
        case 't': return pairs(from, new TreeMap<>(), depth);
        case 'a': return array(from, depth);
        default: throw new Malformed("a value of an unknown kind");
        }
    }

    private static Collection<Object> items(DataInputStream from, Collection<Object> items, int depth) throws IOException {
        for (int left = count(from); left > 0; left--) items.add(get(from, depth + 1));
        return items;
    }

    private static Map<Object, Object> pairs(DataInputStream from, Map<Object, Object> pairs, int depth) throws IOException {
        for (int left = count(from); left > 0; left--) {
            Object key = get(from, depth + 1);
            pairs.put(key, get(from, depth + 1));
        }
        return pairs;
    }

    private static Object array(DataInputStream from, int depth) throws IOException {
        String name = text(from);
        if (!name.matches("\\[{1,8}([ZBSIJFDC]|Ljava\\.lang\\.(Object|String|Integer|Long|Double|Float|Boolean|Character);|Ljava\\.util\\.(List|ArrayList|Map);)")) {
            throw new Malformed("an array of an unknown kind");
        }
        int size = count(from);
        try {
            Object array = Array.newInstance(Class.forName(name).getComponentType(), size);
            for (int i = 0; i < size; i++) Array.set(array, i, get(from, depth + 1));
            return array;
        } catch (ClassNotFoundException | IllegalArgumentException error) {
            throw new Malformed("an array with something else in it");
        }
    }

    static DataInputStream reader(byte[] message) { return new DataInputStream(new ByteArrayInputStream(message)); }
}
