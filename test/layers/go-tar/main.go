// Reads archives from standard input with Go's archive/tar, the reader that container runtimes unpack layers with, and says what it saw:
// one line of JSON for each archive. An archive comes as its length in four bytes, big-endian, and its bytes.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"sort"
	"strings"
)

type entry struct {
	Type   string   `json:"type"`
	Path   string   `json:"path"`
	Target string   `json:"target"`
	Size   int64    `json:"size"`
	Mode   int64    `json:"mode"`
	Uid    int      `json:"uid"`
	Gid    int      `json:"gid"`
	Xattrs []string `json:"xattrs"`
	CRC    uint32   `json:"crc"`
}

type archive struct {
	Entries []entry `json:"entries"`
	Error   string  `json:"error"`
}

const maxContent = 1 << 24

func read(data []byte) archive {
	result := archive{Entries: []entry{}}
	reader := tar.NewReader(bytes.NewReader(data))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return result
		}
		if err != nil {
			result.Error = err.Error()
			return result
		}
		sum := crc32.NewIEEE()
		if header.Size > maxContent && !strings.ContainsRune("123456", rune(header.Typeflag)) {
			result.Error = "too large for this test"
			return result
		}
		if _, err := io.Copy(sum, reader); err != nil {
			result.Error = err.Error()
			return result
		}
		xattrs := []string{}
		for key := range header.PAXRecords {
			if name, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok && header.Typeflag != tar.TypeXGlobalHeader {
				xattrs = append(xattrs, hex.EncodeToString([]byte(name)))
			}
		}
		sort.Strings(xattrs)
		result.Entries = append(result.Entries, entry{
			Type: string(rune(header.Typeflag)), Path: hex.EncodeToString([]byte(header.Name)),
			Target: hex.EncodeToString([]byte(header.Linkname)), Size: header.Size, Mode: header.Mode & 0o7777,
			Uid: header.Uid, Gid: header.Gid, Xattrs: xattrs, CRC: sum.Sum32(),
		})
	}
}

func main() {
	input := bufio.NewReader(os.Stdin)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	encoder := json.NewEncoder(output)
	for {
		var length uint32
		if err := binary.Read(input, binary.BigEndian, &length); err != nil {
			return
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(input, data); err != nil {
			return
		}
		if err := encoder.Encode(read(data)); err != nil {
			return
		}
	}
}
