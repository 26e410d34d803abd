// Prints what happens on hosting.events, a line an event: type, subject, key and data.
//
//	consumer BROKERS GROUP
//
// What the group has printed before is not printed again; a new group begins with the oldest event.
// Ends on SIGTERM.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"slipway.example/events/messages"
)

const remembered = 100_000

// recent knows the last ids, to drop events that come again. A database would keep them with what
// they did.
type recent struct {
	ids   map[string]bool
	order []string
}

func (r *recent) isRepeat(id string) bool {
	if r.ids[id] {
		return true
	}
	r.ids[id] = true
	r.order = append(r.order, id)
	if len(r.order) > remembered {
		delete(r.ids, r.order[0])
		r.order = r.order[1:]
	}
	return false
}

func newData(schema string) proto.Message {
	switch strings.TrimPrefix(schema, "urn:slipway:proto:slipway.v1.") {
	case "CheckoutEvent":
		return &messages.CheckoutEvent{}
	case "VpsEvent":
		return &messages.VpsEvent{}
	case "DepositEvent":
		return &messages.DepositEvent{}
	case "BalanceEvent":
		return &messages.BalanceEvent{}
	case "UserEvent":
		return &messages.UserEvent{}
	case "KeyEvent":
		return &messages.KeyEvent{}
	}
	return nil // newer than this program
}

func handle(headers map[string]string, record *kgo.Record) error {
	data := newData(headers["ce_dataschema"])
	if data == nil {
		return nil
	}
	if err := proto.Unmarshal(record.Value, data); err != nil {
		return err
	}
	fmt.Println(headers["ce_type"], headers["ce_subject"], string(record.Key),
		protojson.MarshalOptions{UseProtoNames: true}.Format(data))
	return nil
}

func run(ctx context.Context, brokers, group string) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(brokers, ",")...),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics("hosting.events"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// What was not handled is not marked, so it comes again after a crash.
		kgo.AutoCommitMarks(),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	seen := recent{ids: map[string]bool{}}
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); errors.Is(err, context.Canceled) {
			return client.CommitMarkedOffsets(context.Background())
		}
		fetches.EachError(func(_ string, _ int32, err error) { log.Print(err) })
		for _, record := range fetches.Records() {
			headers := map[string]string{}
			for _, header := range record.Headers {
				headers[header.Key] = string(header.Value)
			}
			if !seen.isRepeat(headers["ce_id"]) {
				if err := handle(headers, record); err != nil {
					return err
				}
			}
			client.MarkCommitRecords(record)
		}
	}
}

func main() {
	if len(os.Args) != 3 {
		log.Fatalf("usage: %s BROKERS GROUP", os.Args[0])
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}
