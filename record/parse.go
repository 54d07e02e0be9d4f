package record

import "errors"

// Parser reads single records: those that a journal or a lake gives back. It is reused from record to record and must
// not be used concurrently.
type Parser struct {
	envelope, columns []Member
	text              []byte
	origins           origins
	scanner           scanner
}

// maxKept is how many members may wait for the next record: an oversized one does not hold its memory for ever.
const maxKept = 1 << 16

// Parse reads the one record that raw consists of, space around it included. What the record points at holds until the
// next call.
func (p *Parser) Parse(raw []byte, rec *Record) error {
	start := skipSpace(raw, 0)
	if start == len(raw) || raw[start] != '{' {
		return errSyntax
	}
	p.scanner.mark(raw)
	end, err := p.parse(start, rec)
	if err != nil {
		return err
	}
	if skipSpace(raw, end) != len(raw) {
		return errSyntax
	}
	p.finish(rec)
	rec.Raw = raw
	return nil
}

// parse reads the object that starts at i of the scanner's text as a record. Its properties are listed on the way, so that every byte of it is
// looked at once.
func (p *Parser) parse(i int, rec *Record) (end int, err error) {
	s, b, start := &p.scanner, p.scanner.text, i
	if p.envelope, p.columns = p.envelope[:0], p.columns[:0]; cap(p.envelope)+cap(p.columns) > maxKept {
		p.envelope, p.columns = nil, nil
	}
	rec.Properties = nil
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		rec.Raw = b[start : i+1 : i+1]
		return i + 1, nil
	}
	for {
		p.envelope = append(p.envelope, Member{})
		m := &p.envelope[len(p.envelope)-1]
		if i, err = s.key(i, m); err != nil {
			return i, err
		}
		from := i
		if i < len(b) && b[i] == '{' && string(m.Key) == "properties" {
			m.Kind = Object
			p.columns, i, err = s.members(p.columns[:0], i, 2)
		} else {
			m.Kind, i, m.Escaped, err = s.value(i, 1)
		}
		if err != nil {
			return i, err
		}
		m.Value = b[from:i:i]
		more, next, err := separator(b, i, '}')
		if err != nil {
			return next, err
		}
		if !more {
			rec.Raw = b[start:next:next]
			return next, nil
		}
		i = next
	}
}

// finish takes from the members of the envelope what the record says about itself. The last of equal names counts.
func (p *Parser) finish(rec *Record) {
	var tenant, category, properties *Member
	for i := range p.envelope {
		switch m := &p.envelope[i]; string(p.name(m)) {
		case "tenantId":
			tenant = m
		case "category":
			category = m
		case "properties":
			properties = m
		}
	}
	if properties != nil {
		rec.Properties = properties.Value
		if properties.Kind != Object {
			p.columns = p.columns[:0]
		} else if properties.KeyEscaped {
			p.columns, _ = Members(p.columns[:0], properties.Value)
		}
	}
	p.text = appendString(p.text[:0], tenant)
	cut := len(p.text)
	p.text = appendString(p.text, category)
	o := p.origins.find(p.text[:cut], p.text[cut:])
	rec.Tenant, rec.Category, rec.Table = o.tenant, o.category, o.table
	rec.ID = identify(o.seed, rec.Properties, rec.Raw)
	rec.Envelope, rec.Columns = p.envelope, p.columns
}

func (p *Parser) name(m *Member) []byte {
	if !m.KeyEscaped {
		return m.Key
	}
	p.text = Unescape(p.text[:0], m.Key)
	return p.text
}

// appendString appends what a string stands for; anything else says nothing about tenant and category.
func appendString(dst []byte, m *Member) []byte {
	if m == nil || m.Kind != String {
		return dst
	}
	if !m.Escaped {
		return append(dst, m.Text()...)
	}
	return Unescape(dst, m.Text())
}

// reasonOf names the fault that the tokeniser found.
func reasonOf(err error) Reason {
	switch {
	case errors.Is(err, errTruncated):
		return Truncated
	case errors.Is(err, errUTF8):
		return InvalidUTF8
	case errors.Is(err, errDepth):
		return TooDeep
	}
	return NotJSON
}
