package scalar

import (
	"math"
	"strings"
)

// Geohashes are those of geohash.org: https://en.wikipedia.org/wiki/Geohash.
const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// onEarth says whether a longitude and a latitude are those of a place.
func onEarth(longitude, latitude float64) bool {
	return math.Abs(longitude) <= 180 && math.Abs(latitude) <= 90
}

// toGeohash is the geohash of a place; the accuracy is its number of digits, 5 if not given.
func toGeohash(a []any) any {
	if a[0] == nil || a[1] == nil {
		return ""
	}
	longitude, latitude, digits := real(a[0], 0), real(a[1], 0), long(a[2], 5)
	if !onEarth(longitude, latitude) || digits < 1 || digits > 18 {
		return ""
	}
	west, east, south, north := -180.0, 180.0, -90.0, 90.0
	halve := func(low, high *float64, v float64) int {
		if middle := (*low + *high) / 2; v >= middle {
			*low = middle
			return 1
		} else {
			*high = middle
		}
		return 0
	}
	var b strings.Builder
	digit := 0
	for bit := range int(digits) * 5 {
		digit *= 2
		if bit%2 == 0 {
			digit += halve(&west, &east, longitude)
		} else {
			digit += halve(&south, &north, latitude)
		}
		if bit%5 == 4 {
			b.WriteByte(geohashDigits[digit])
			digit = 0
		}
	}
	return b.String()
}

// box is what a geohash covers.
type box struct{ west, south, east, north float64 }

func geohashBox(hash string) (box, bool) {
	b := box{-180, -90, 180, 90}
	if hash == "" || len(hash) > 18 {
		return b, false
	}
	even := true
	for _, c := range strings.ToLower(hash) {
		digit := strings.IndexRune(geohashDigits, c)
		if digit < 0 {
			return b, false
		}
		for bit := 4; bit >= 0; bit-- {
			low, high := &b.west, &b.east
			if !even {
				low, high = &b.south, &b.north
			}
			middle := (*low + *high) / 2
			if digit>>bit&1 == 1 {
				*low = middle
			} else {
				*high = middle
			}
			even = !even
		}
	}
	return b, true
}

func point(longitude, latitude float64) *Bag {
	p := newBag()
	p.set("type", "Point")
	p.set("coordinates", []any{longitude, latitude})
	return p
}

func geohashCentre(a []any) any {
	b, ok := geohashBox(text(a[0]))
	if !ok {
		return nil
	}
	return point((b.west+b.east)/2, (b.south+b.north)/2)
}

func geohashPolygon(a []any) any {
	b, ok := geohashBox(text(a[0]))
	if !ok {
		return nil
	}
	p := newBag()
	p.set("type", "Polygon")
	p.set("coordinates", []any{[]any{
		[]any{b.west, b.south}, []any{b.east, b.south}, []any{b.east, b.north}, []any{b.west, b.north}, []any{b.west, b.south},
	}})
	return p
}

// azimuth is the angle at which the shortest way from one place to another sets out, in radians from the north.
func azimuth(a []any) any {
	lon1, lat1, lon2, lat2 := real(a[0], 0), real(a[1], 0), real(a[2], 0), real(a[3], 0)
	if !onEarth(lon1, lat1) || !onEarth(lon2, lat2) {
		return nil
	}
	rad := math.Pi / 180
	y := math.Sin((lon2-lon1)*rad) * math.Cos(lat2*rad)
	x := math.Cos(lat1*rad)*math.Sin(lat2*rad) - math.Sin(lat1*rad)*math.Cos(lat2*rad)*math.Cos((lon2-lon1)*rad)
	angle := math.Atan2(y, x)
	if angle < 0 {
		angle += 2 * math.Pi
	}
	return angle
}
