import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import eu.rekawek.toxiproxy.model.Toxic;
import eu.rekawek.toxiproxy.model.ToxicDirection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;

class RedisTest {
    Proxy proxy;

    @BeforeEach
    void create() throws Exception {
        proxy = new ToxiproxyClient("localhost", 8474)
            .createProxy("redis", "localhost:26379", "localhost:6379");
    }

    @AfterEach
    void delete() throws Exception {
        proxy.delete();
    }

    @Test
    void slowRedisIsGivenUp() throws Exception {
        try (Jedis client = new Jedis("localhost", 26379, 200)) {
            assertEquals("PONG", client.ping());

            Toxic toxic = proxy.toxics()
                .latency("late", ToxicDirection.DOWNSTREAM, 1000);
            assertThrows(JedisConnectionException.class, client::ping);
            toxic.remove();
        }
        try (Jedis client = new Jedis("localhost", 26379, 200)) {
            assertEquals("PONG", client.ping());
        }
    }
}
