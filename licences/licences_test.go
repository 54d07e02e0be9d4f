package licences

import (
	"slices"
	"testing"
	"testing/fstest"
)

func TestLicencesAreKnownByTheirSentences(t *testing.T) {
	const bsd2 = "Redistribution and use in source and\n * binary forms, with or without modification, are permitted"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"Apache": {"                                 Apache License\n                           Version 2.0, January 2004", []string{"Apache-2.0"}},
		"BSD-3":  {bsd2 + "... may be used to endorse or\n *  promote products derived", []string{"BSD-3-Clause"}},
		"BSD-2":  {bsd2, []string{"BSD-2-Clause"}},
		"MIT":    {"Permission is hereby granted, free of charge, to any person\nobtaining a copy", []string{"MIT"}},
		"two":    {"Permission is hereby granted, free of charge, to any person obtaining a copy\nApache License, Version 2.0", []string{"Apache-2.0", "MIT"}},
		"ISC":    {"Permission to use, copy, modify, and distribute this software for any purpose", []string{"ISC"}},
		"none":   {"All rights reserved.", nil},
	} {
		if got := Identify(test.text); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestComponentsOfTheProgramAndOfThePageAreListed(t *testing.T) {
	page := fstest.MapFS{PageFile: {Data: []byte(`[{"name":"react","version":"19.3.1","identifier":"MIT","text":"MIT License"}]`)}}
	list, err := Read(page)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(c Component) bool { return c.Part == Page })
	if i < 1 || list[0].Part != Program || list[i].Name != "react" || list[i].Licence != "MIT" || list[i].Files != "LICENSE" || i != len(list)-1 {
		t.Errorf("got %+v", list[max(0, i):])
	}
	if !slices.ContainsFunc(list, func(c Component) bool { return c.Name == "Go" && c.Version != "" }) {
		t.Error("Go itself is missing")
	}
	if _, err := Read(fstest.MapFS{PageFile: {Data: []byte("[")}}); err == nil {
		t.Error("a list that is cut off is taken")
	}
	if list, err := Read(fstest.MapFS{}); err != nil || len(list) == 0 {
		t.Errorf("without a page: %d components, %v", len(list), err)
	}
}
