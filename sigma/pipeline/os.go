package pipeline

import "penstock/ecs"

// OS is a set of operating systems that an event may come from.
type OS uint8

// The operating systems of Stream.OS.
const (
	Windows OS = 1 << iota
	Linux
	MacOS
	AnyOS = Windows | Linux | MacOS
)

// OSNamed is the set with the one operating system that Stream.OS names, AnyOS where it names none.
func OSNamed(name string) OS {
	switch name {
	case "windows":
		return Windows
	case "linux":
		return Linux
	case "macos":
		return MacOS
	}
	return AnyOS
}

var (
	fieldOSType = ecs.MustLookup("host.os.type")
	// A path says which systems it can be of. These are the fields that hold one in the events of the device tables.
	fieldsWithPath = []ecs.Field{
		ecs.MustLookup("process.executable"), ecs.MustLookup("process.parent.executable"), ecs.MustLookup("file.directory"),
	}
)

// OSOf is what an event gives away of where it comes from: the form of the paths in it, and the operating system that the
// mapping recognised, which only DeviceProcessEvents has. Where the two disagree the path is right: the mapping has to take
// every process with a unique number for one of Windows.
func OSOf(ev *ecs.Event) OS {
	of := osOfPaths(ev)
	if v := ev.Get(fieldOSType); v.Kind == ecs.String && len(v.JSON) > 2 {
		if named := of & OSNamed(string(v.JSON[1:len(v.JSON)-1])); named != 0 {
			return named
		}
	}
	return of
}

func osOfPaths(ev *ecs.Event) OS {
	for _, f := range fieldsWithPath {
		if v := ev.Get(f); v.Kind == ecs.String {
			if known := osOfPath(v.JSON[1 : len(v.JSON)-1]); known != AnyOS {
				return known
			}
		}
	}
	return AnyOS
}

// osOfPath reads the start of a path in the inside of a JSON string, where \ is written \\ and / may be written \/.
func osOfPath(path []byte) OS {
	switch {
	case len(path) > 0 && path[0] == '/', len(path) > 1 && path[0] == '\\' && path[1] == '/':
		return Linux | MacOS
	case len(path) > 3 && path[1] == ':' && path[2] == '\\' && path[3] == '\\':
		return Windows
	}
	return AnyOS
}
