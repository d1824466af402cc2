// Reads a report as the Gateway API's own tools declare it, and prints what they see. A field that it does not have is an error.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	v1 "sigs.k8s.io/gateway-api/conformance/apis/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	var report v1.ConformanceReport
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = yaml.UnmarshalStrict(text, &report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	seen, _ := json.Marshal(report)
	fmt.Println(string(seen))
}
