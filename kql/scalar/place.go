package scalar

import "math"

var placeFunctions = map[string]Function{
	"geo_distance_2points": {"rrrr", 'r', strict(geoDistance)},
	"geo_point_in_circle":  {"rrrrr", 'b', strict(geoInCircle)},
	"geo_azimuth":          {"rrrr", 'r', strict(azimuth)},
	"geo_point_to_geohash": {"rrl?", 's', toGeohash},

	"geo_geohash_to_central_point": {"s", 'd', strict(geohashCentre)},
	"geo_geohash_to_polygon":       {"s", 'd', strict(geohashPolygon)},
}

// earthRadius in metres, of the sphere that has the earth's mean radius.
const earthRadius = 6371010

func geoDistance(a []any) any {
	lon1, lat1, lon2, lat2 := real(a[0], 0), real(a[1], 0), real(a[2], 0), real(a[3], 0)
	if math.Abs(lon1) > 180 || math.Abs(lon2) > 180 || math.Abs(lat1) > 90 || math.Abs(lat2) > 90 || math.IsNaN(lon1+lat1+lon2+lat2) {
		return nil
	}
	rad := math.Pi / 180
	dLat, dLon := (lat2-lat1)*rad, (lon2-lon1)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(h)))
}

func geoInCircle(a []any) any {
	d, ok := geoDistance(a[:4]).(float64)
	radius := real(a[4], 0)
	if !ok || radius < 0 {
		return nil
	}
	return d <= radius
}
