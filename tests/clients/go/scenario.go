// SPDX-License-Identifier: ISC
// The Go client of Toxiproxy drives toxid in front of a real Redis.

package main

import (
	"bytes"
	"log"
	"os"
	"strings"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

const (
	name = "go_redis"
	ms   = time.Millisecond
)

var upstream = os.Getenv("REDIS")

func check(ok bool, what ...any) {
	if !ok {
		log.Panicln(what...)
	}
}

func must(err error) {
	check(err == nil, err)
}

func says(err error, text string) {
	check(err != nil && strings.HasSuffix(err.Error(), text),
		"expected", text, "got", err)
}

func createAndErrors(client *toxiproxy.Client) *toxiproxy.Proxy {
	proxy, err := client.CreateProxy(name, "127.0.0.1:0", upstream)
	must(err)
	version, err := client.Version()
	must(err)
	check(bytes.Contains(version, []byte("version")), version)
	check(ping(proxy.Listen).text == pong, "PING")

	_, err = client.CreateProxy(name, "127.0.0.1:0", upstream)
	says(err, "HTTP 409: proxy already exists")
	_, err = client.Proxy("go_unknown")
	says(err, "HTTP 404: proxy not found")
	_, err = client.CreateProxy("go_taken", proxy.Listen, upstream)
	says(err, "HTTP 500: listen tcp "+proxy.Listen+
		": bind: address already in use")
	_, err = proxy.AddToxic("", "none", "", 1, nil)
	says(err, "HTTP 400: invalid toxic type")
	says(proxy.RemoveToxic("none"), "HTTP 404: toxic not found")
	return proxy
}

func latency(proxy *toxiproxy.Proxy) {
	attributes := toxiproxy.Attributes{"latency": 100}
	toxic, err := proxy.AddToxic("", "latency", "", 1, attributes)
	must(err)
	check(toxic.Name == "latency_downstream", toxic)
	_, err = proxy.AddToxic("", "latency", "", 1, attributes)
	says(err, "HTTP 409: toxic already exists")
	check(ping(proxy.Listen).last >= 100*ms, "latency 100")

	attributes = toxiproxy.Attributes{"latency": 1000}
	toxic, err = proxy.UpdateToxic(toxic.Name, -1, attributes)
	must(err)
	check(toxic.Toxicity == 1, "toxicity kept", toxic)
	check(ping(proxy.Listen).last >= 1000*ms, "latency 1000")
	toxics, err := proxy.Toxics()
	must(err)
	check(len(toxics) == 1, toxics)
	check(toxics[0].Attributes["latency"] == 1000.0, toxics)

	must(proxy.RemoveToxic(toxic.Name))
	toxics, err = proxy.Toxics()
	must(err)
	check(len(toxics) == 0, toxics)
	check(ping(proxy.Listen).last < 1000*ms, "no latency")
}

func withToxic(proxy *toxiproxy.Proxy, kind string,
	attributes toxiproxy.Attributes, effect func() bool) {
	toxic, err := proxy.AddToxic("", kind, "downstream", 1, attributes)
	must(err)
	check(effect(), "no effect of", kind)
	must(proxy.RemoveToxic(toxic.Name))
	check(ping(proxy.Listen).text == pong, "PING after", kind)
}

func otherToxics(proxy *toxiproxy.Proxy) {
	type attrs = toxiproxy.Attributes
	listen := proxy.Listen
	withToxic(proxy, "bandwidth", attrs{"rate": 10}, func() bool {
		got := echo(listen, 3000)
		return len(got.text) == 3009 && got.last >= 250*ms
	})
	withToxic(proxy, "timeout", attrs{"timeout": 100}, func() bool {
		got := ping(listen)
		return got.text == "" && got.err == nil && got.end >= 100*ms
	})
	withToxic(proxy, "reset_peer", attrs{"timeout": 0}, func() bool {
		return ping(listen).reset()
	})
	withToxic(proxy, "limit_data", attrs{"bytes": 3}, func() bool {
		return ping(listen).text == pong[:3]
	})
	slicer := attrs{"average_size": 1, "delay": 10000}
	withToxic(proxy, "slicer", slicer, func() bool {
		got := ping(listen)
		return got.text == pong && got.last >= 60*ms
	})
	withToxic(proxy, "slow_close", attrs{"delay": 200}, func() bool {
		got := command(listen, "QUIT", 100)
		return got.text == "+OK\r\n" && got.end >= 200*ms
	})
}

func disableAndEnable(client *toxiproxy.Client, proxy *toxiproxy.Proxy) {
	listen := proxy.Listen
	must(proxy.Disable())
	check(ping(listen).refused(), "disabled")
	found, err := client.Proxy(name)
	must(err)
	check(!found.Enabled, found)
	must(proxy.Enable())
	check(proxy.Listen == listen, "another port", proxy.Listen)
	check(ping(listen).text == pong, "enabled")
}

func populateResetDelete(client *toxiproxy.Client, proxy *toxiproxy.Proxy) {
	made, err := client.Populate([]toxiproxy.Proxy{
		{Name: "go_a", Listen: "127.0.0.1:0", Upstream: upstream,
			Enabled: true},
		{Name: "go_b", Listen: "127.0.0.1:0", Upstream: upstream},
	})
	must(err)
	check(len(made) == 2, made)
	check(ping(made[0].Listen).text == pong, "populated")
	_, err = client.Populate([]toxiproxy.Proxy{{Upstream: upstream}})
	says(err, "HTTP 400: missing required field: "+
		"name at proxy 1")

	attributes := toxiproxy.Attributes{"timeout": 0}
	_, err = proxy.AddToxic("", "timeout", "upstream", 1, attributes)
	must(err)
	// What Populate returns would be created by its Disable, not changed.
	found, err := client.Proxy("go_a")
	must(err)
	must(found.Disable())
	must(client.ResetState())
	all, err := client.Proxies()
	must(err)
	for _, each := range []string{name, "go_a", "go_b"} {
		check(len(all[each].ActiveToxics) == 0, all[each])
		check(ping(all[each].Listen).text == pong, "reset", each)
		must(all[each].Delete())
	}
	_, err = client.Proxy(name)
	says(err, "HTTP 404: proxy not found")
	check(ping(proxy.Listen).refused(), "deleted")
}

func main() {
	client := toxiproxy.NewClient(os.Getenv("TOXID"))
	proxy := createAndErrors(client)
	latency(proxy)
	otherToxics(proxy)
	disableAndEnable(client, proxy)
	populateResetDelete(client, proxy)
}
