package example

import (
	"context"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"github.com/redis/go-redis/v9"
)

func TestSlowRedisIsGivenUp(t *testing.T) {
	server := toxiproxy.NewClient("localhost:8474")
	proxy, err := server.CreateProxy("redis", "localhost:26379", "localhost:6379")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Delete()
	client := redis.NewClient(&redis.Options{
		Addr: "localhost:26379", ReadTimeout: 200 * time.Millisecond,
		MaxRetries: -1,
	})
	defer client.Close()
	ping := func() error { return client.Ping(context.Background()).Err() }
	if err := ping(); err != nil {
		t.Fatal(err)
	}

	late := toxiproxy.Attributes{"latency": 1000}
	toxic, err := proxy.AddToxic("", "latency", "downstream", 1, late)
	if err != nil {
		t.Fatal(err)
	}
	if ping() == nil {
		t.Fatal("the answer was waited for")
	}

	if err := proxy.RemoveToxic(toxic.Name); err != nil {
		t.Fatal(err)
	}
	if err := ping(); err != nil {
		t.Fatal(err)
	}
}
