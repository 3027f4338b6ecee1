// SPDX-License-Identifier: ISC
// A suite that makes things until it is killed; see killed.py.

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

type object = map[string]any

var (
	shared = "/proxies/" + os.Getenv("SHARED") + "/toxics"
	ttl    int

	session string // its number
)

func check(ok bool, what ...any) {
	if !ok {
		log.Fatalln(what...)
	}
}

func must(err error) {
	check(err == nil, err)
}

// What was made then need not be there any more.
func isOver(since time.Time) bool {
	return ttl > 0 && time.Since(since).Milliseconds() > int64(ttl)
}

func ask(method, path string, body object) *http.Response {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method,
		"http://"+os.Getenv("TOXID")+path, bytes.NewReader(text))
	must(err)
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
	request.Header.Set("Content-Type", "application/json")
	if session != "" {
		request.Header.Set("X-Toxid-Session", session)
	}
	reply, err := http.DefaultClient.Do(request)
	must(err)
	return reply
}

func call(method, path string, body object, good int, since time.Time) object {
	reply := ask(method, path, body)
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	must(err)
	found := object{}
	if reply.StatusCode == 404 && isOver(since) {
		return found
	}
	check(reply.StatusCode == good, path, reply.Status, string(said))
	if len(said) > 0 {
		must(json.Unmarshal(said, &found))
	}
	return found
}

// It stays open.
func openSession() {
	line := struct{ ID string }{}
	lines := json.NewDecoder(ask("POST", "/session", nil).Body)
	must(lines.Decode(&line))
	session = line.ID
}

func ping(listen string) error {
	s, err := net.Dial("tcp", listen)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err = s.Write([]byte("hello")); err != nil {
		return err
	}
	said := make([]byte, 5)
	if _, err = io.ReadFull(s, said); err == nil {
		check(string(said) == "hello", string(said))
	}
	return err
}

func turn(n int) {
	name := os.Getenv("PREFIX") + strconv.Itoa(n)
	mine, since := "/proxies/"+name, time.Now()
	toxic := object{"name": name, "type": "latency", "ttl": ttl,
		"attributes": object{"latency": 1}}
	made := call("POST", "/proxies", object{"name": name,
		"listen": "127.0.0.1:0", "upstream": os.Getenv("UPSTREAM"),
		"ttl": ttl}, 201, since)
	call("POST", mine+"/toxics", toxic, 200, since)
	call("POST", shared, toxic, 200, since)
	if listen, is := made["listen"].(string); is {
		err := ping(listen)
		check(err == nil || isOver(since), err)
	}
	call("POST", mine+"/lease", object{"ttl": ttl}, 200, since)
	if n%4 != 0 {
		call("DELETE", mine, nil, 204, since)
		call("DELETE", shared+"/"+name, nil, 204, since)
	}
}

func main() {
	var err error
	ttl, err = strconv.Atoi(os.Getenv("TTL"))
	must(err)
	if os.Getenv("SESSION") != "" {
		openSession()
	}
	for n := 0; ; n++ {
		turn(n)
		fmt.Println(n)
		time.Sleep(50 * time.Millisecond)
	}
}
