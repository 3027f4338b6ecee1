// SPDX-License-Identifier: ISC
// toxiproxy-java drives toxid in front of a real Redis.  It has no populate.

import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import eu.rekawek.toxiproxy.model.Toxic;
import eu.rekawek.toxiproxy.model.ToxicDirection;
import eu.rekawek.toxiproxy.model.toxic.Latency;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

public class Scenario {
    static final String NAME = "java_redis";
    static final String PONG = "+PONG\r\n";
    static final ToxicDirection DOWN = ToxicDirection.DOWNSTREAM;

    static final String upstream = System.getenv("REDIS");

    interface Call {
        void run() throws IOException;
    }

    /** What came, milliseconds to the last byte and to the end, the error. */
    static class Seen {
        String text = "";
        long last, end;
        IOException error;

        boolean refused() {
            return error instanceof ConnectException;
        }

        boolean reset() {
            return error != null && error.getMessage().contains("reset");
        }

        public String toString() {
            return text + " " + last + " " + end + " " + error;
        }
    }

    static void read(Socket socket, String line, int want, long start,
        Seen seen) throws IOException {
        socket.setSoTimeout(10000);
        socket.getOutputStream().write((line + "\r\n").getBytes());
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[65536];
        while (seen.text.length() < want) {
            int n = in.read(buffer);
            if (n < 0)
                break;
            seen.text += new String(buffer, 0, n, StandardCharsets.US_ASCII);
            seen.last = millis() - start;
        }
    }

    static Seen command(String address, String line, int want) {
        int colon = address.lastIndexOf(':');
        int port = Integer.parseInt(address.substring(colon + 1));
        Seen seen = new Seen();
        long start = millis();
        try (Socket socket = new Socket(address.substring(0, colon), port)) {
            read(socket, line, want, start, seen);
        } catch (IOException e) {
            seen.error = e;
        }
        seen.end = millis() - start;
        return seen;
    }

    static long millis() {
        return System.nanoTime() / 1000000;
    }

    static Seen ping(String address) {
        return command(address, "PING", PONG.length());
    }

    static void check(boolean ok, Object what) {
        if (!ok)
            throw new AssertionError(what);
    }

    static void fails(Call call, String text) throws IOException {
        try {
            call.run();
        } catch (IOException e) {
            check(e.getMessage().contains(text), e);
            return;
        }
        throw new AssertionError("not said: " + text);
    }

    static Proxy createAndErrors(ToxiproxyClient client) throws IOException {
        Proxy proxy = client.createProxy(NAME, "127.0.0.1:0", upstream);
        check(client.version().contains("version"), client.version());
        check(ping(proxy.getListen()).text.equals(PONG), "PING");

        fails(() -> client.createProxy(NAME, "127.0.0.1:0", upstream),
            "[409] proxy already exists");
        fails(() -> client.getProxy("java_unknown"), "proxy not found");
        check(client.getProxyOrNull("java_unknown") == null, "unknown");
        fails(() -> proxy.toxics().get("none"), "toxic not found");
        return proxy;
    }

    static void latency(Proxy proxy) throws IOException {
        String listen = proxy.getListen();
        Latency latency = proxy.toxics().latency("late", DOWN, 100);
        fails(() -> proxy.toxics().latency("late", DOWN, 100),
            "toxic already exists");
        check(ping(listen).last >= 100, "latency 100");
        latency.setLatency(1000).setJitter(1).setJitter(0);
        latency.setToxicity(1);
        check(ping(listen).last >= 1000, "latency 1000");
        check(proxy.toxics().getAll().size() == 1, "one toxic");
        Latency found = proxy.toxics().get("late", Latency.class);
        check(found.getLatency() == 1000, found);
        latency.remove();
        check(proxy.toxics().getAll().isEmpty(), "no toxic");
        check(ping(listen).last < 1000, "no latency");
    }

    static void expect(Toxic toxic, Seen seen, Predicate<Seen> good)
        throws IOException {
        check(good.test(seen), toxic.getName() + ": " + seen);
        toxic.remove();
    }

    static void otherToxics(Proxy proxy) throws IOException {
        String listen = proxy.getListen();
        String echo = "ECHO " + "x".repeat(3000);

        Toxic toxic = proxy.toxics().bandwidth("bandwidth", DOWN, 10);
        expect(toxic, command(listen, echo, 3009),
            seen -> seen.text.length() == 3009 && seen.last >= 250);
        toxic = proxy.toxics().timeout("timeout", DOWN, 100);
        expect(toxic, ping(listen), seen -> seen.text.isEmpty()
            && seen.error == null && seen.end >= 100);
        toxic = proxy.toxics().resetPeer("reset_peer", DOWN, 0);
        expect(toxic, ping(listen), Seen::reset);
        toxic = proxy.toxics().limitData("limit_data", DOWN, 3);
        expect(toxic, ping(listen), seen -> seen.text.equals("+PO"));
        toxic = proxy.toxics().slicer("slicer", DOWN, 1, 10000);
        expect(toxic, ping(listen),
            seen -> seen.text.equals(PONG) && seen.last >= 60);
        toxic = proxy.toxics().slowClose("slow_close", DOWN, 200);
        expect(toxic, command(listen, "QUIT", 100),
            seen -> seen.text.equals("+OK\r\n") && seen.end >= 200);
        check(ping(listen).text.equals(PONG), "PING after all toxics");
    }

    static void disableAndEnable(Proxy proxy) throws IOException {
        String listen = proxy.getListen();
        proxy.disable();
        check(!proxy.isEnabled(), proxy);
        check(ping(listen).refused(), "disabled");
        proxy.enable();
        check(ping(listen).text.equals(PONG), "enabled");
        proxy.setUpstream("localhost:" + upstream.split(":")[1]);
        check(proxy.getUpstream().startsWith("localhost:"), proxy);
        check(ping(listen).text.equals(PONG), "another upstream");
    }

    static void resetAndDelete(ToxiproxyClient client, Proxy proxy)
        throws IOException {
        String listen = proxy.getListen();
        proxy.toxics().timeout("black_hole", DOWN, 0);
        proxy.disable();
        client.reset();
        check(proxy.toxics().getAll().isEmpty(), "reset");
        check(ping(listen).text.equals(PONG), "PING after reset");
        check(client.getProxies().stream()
            .anyMatch(each -> each.getName().equals(NAME)), "not listed");
        proxy.delete();
        check(client.getProxyOrNull(NAME) == null, "deleted");
        check(ping(listen).refused(), "deleted, but listens");
    }

    public static void main(String[] args) throws IOException {
        String[] toxid = System.getenv("TOXID").split(":");
        ToxiproxyClient client =
            new ToxiproxyClient(toxid[0], Integer.parseInt(toxid[1]));
        Proxy proxy = createAndErrors(client);
        latency(proxy);
        otherToxics(proxy);
        disableAndEnable(proxy);
        resetAndDelete(client, proxy);
    }
}
