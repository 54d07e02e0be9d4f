package scalar

import (
	"math"
	"strings"
)

// unitFunctions convert by what a unit is in the family's first one. Names are compared without case.
var unitFunctions = map[string]Function{
	"convert_angle":       converter(angles),
	"convert_energy":      converter(energies),
	"convert_force":       converter(forces),
	"convert_length":      converter(lengths),
	"convert_mass":        converter(masses),
	"convert_speed":       converter(speeds),
	"convert_volume":      converter(volumes),
	"convert_temperature": {"rss", 'r', strict(convertTemperature)},
}

var (
	angles = map[string]float64{"radian": 1, "degree": math.Pi / 180, "gradian": math.Pi / 200, "arcminute": math.Pi / 10800, "arcsecond": math.Pi / 648000,
		"revolution": 2 * math.Pi, "centiradian": 0.01, "deciradian": 0.1, "milliradian": 1e-3, "microradian": 1e-6, "nanoradian": 1e-9,
		"microdegree": math.Pi / 180 * 1e-6, "millidegree": math.Pi / 180 * 1e-3, "nanodegree": math.Pi / 180 * 1e-9, "natomil": math.Pi / 3200, "tilt": math.Pi / 2}
	energies = map[string]float64{"joule": 1, "kilojoule": 1e3, "megajoule": 1e6, "gigajoule": 1e9, "terajoule": 1e12, "petajoule": 1e15, "millijoule": 1e-3,
		"calorie": 4.184, "kilocalorie": 4184, "megacalorie": 4.184e6, "watthour": 3600, "kilowatthour": 3.6e6, "megawatthour": 3.6e9, "gigawatthour": 3.6e12,
		"terawatthour": 3.6e15, "electronvolt": 1.602176565e-19, "kiloelectronvolt": 1.602176565e-16, "megaelectronvolt": 1.602176565e-13, "erg": 1e-7,
		"britishthermalunit": 1055.05585262, "footpound": 1.3558179483314004, "horsepowerhour": 2.684519537696172792e6, "wattday": 86400, "kilowattday": 8.64e7}
	forces = map[string]float64{"newton": 1, "kilonewton": 1e3, "meganewton": 1e6, "millinewton": 1e-3, "micronewton": 1e-6, "decanewton": 10, "dyn": 1e-5,
		"kilogramforce": 9.80665, "tonneforce": 9806.65, "poundforce": 4.4482216152605, "poundal": 0.138254954376, "ounceforce": 0.2780138509537812,
		"kilopond": 9.80665, "kilopoundforce": 4448.2216152605, "shorttonforce": 8896.443230521}
	lengths = map[string]float64{"meter": 1, "kilometer": 1e3, "hectometer": 100, "decameter": 10, "decimeter": 0.1, "centimeter": 0.01, "millimeter": 1e-3,
		"micrometer": 1e-6, "nanometer": 1e-9, "angstrom": 1e-10, "inch": 0.0254, "foot": 0.3048, "yard": 0.9144, "mile": 1609.344, "nauticalmile": 1852,
		"fathom": 1.8288, "hand": 0.1016, "chain": 20.1168, "mil": 2.54e-5, "microinch": 2.54e-8, "astronomicalunit": 1.49597870700e11,
		"lightyear": 9.46073047258e15, "parsec": 3.08567758128e16, "ussurveyfoot": 1200.0 / 3937}
	masses = map[string]float64{"kilogram": 1, "gram": 1e-3, "milligram": 1e-6, "microgram": 1e-9, "nanogram": 1e-12, "centigram": 1e-5, "decigram": 1e-4,
		"decagram": 1e-2, "hectogram": 0.1, "tonne": 1000, "kilotonne": 1e6, "megatonne": 1e9, "pound": 0.45359237, "kilopound": 453.59237, "megapound": 453592.37,
		"ounce": 0.028349523125, "stone": 6.35029318, "grain": 6.479891e-5, "shortton": 907.18474, "longton": 1016.0469088, "slug": 14.593902937206,
		"shorthundredweight": 45.359237, "longhundredweight": 50.80234544}
	speeds = map[string]float64{"meterpersecond": 1, "kilometerpersecond": 1e3, "kilometerperhour": 1 / 3.6, "meterperhour": 1.0 / 3600, "meterperminute": 1.0 / 60,
		"centimeterpersecond": 0.01, "millimeterpersecond": 1e-3, "mileperhour": 0.44704, "footpersecond": 0.3048, "footperminute": 0.3048 / 60,
		"footperhour": 0.3048 / 3600, "inchpersecond": 0.0254, "inchperminute": 0.0254 / 60, "inchperhour": 0.0254 / 3600, "yardpersecond": 0.9144,
		"yardperminute": 0.9144 / 60, "yardperhour": 0.9144 / 3600, "knot": 1852.0 / 3600, "kilometerperminute": 1000.0 / 60}
	volumes = map[string]float64{"cubicmeter": 1, "liter": 1e-3, "milliliter": 1e-6, "centiliter": 1e-5, "deciliter": 1e-4, "hectoliter": 0.1, "kiloliter": 1,
		"microliter": 1e-9, "cubiccentimeter": 1e-6, "cubicdecimeter": 1e-3, "cubicmillimeter": 1e-9, "cubickilometer": 1e9, "cubicfoot": 0.028316846592,
		"cubicinch": 1.6387064e-5, "cubicyard": 0.764554857984, "cubicmile": 4168181825.440579584, "usgallon": 0.003785411784, "usquart": 9.46352946e-4,
		"uspint": 4.73176473e-4, "usfluidounce": 2.95735295625e-5, "ustablespoon": 1.478676478125e-5, "usteaspoon": 4.92892159375e-6,
		"imperialgallon": 0.00454609, "imperialpint": 5.6826125e-4, "imperialfluidounce": 2.84130625e-5, "oilbarrel": 0.158987294928,
		"uscustomarycup": 2.365882365e-4, "uslegalcup": 2.4e-4, "metriccup": 2.5e-4}
)

func converter(units map[string]float64) Function {
	return Function{"rss", 'r', strict(func(a []any) any {
		from, ok1 := units[unitName(text(a[1]))]
		to, ok2 := units[unitName(text(a[2]))]
		if !ok1 || !ok2 {
			return nil
		}
		return real(a[0], 0) * from / to
	})}
}

func unitName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// kelvins are how many kelvin a degree of a scale is, and where its zero lies.
var kelvins = map[string][2]float64{
	"kelvin": {1, 0}, "degreecelsius": {1, 273.15}, "degreefahrenheit": {5.0 / 9, 459.67 * 5 / 9}, "degreerankine": {5.0 / 9, 0},
	"degreereaumur": {1.25, 273.15}, "degreedelisle": {-2.0 / 3, 373.15}, "degreenewton": {100.0 / 33, 273.15}, "degreeroemer": {40.0 / 21, 273.15 - 7.5*40/21},
	"millidegreecelsius": {1e-3, 273.15}, "solartemperature": {5778, 0},
}

func convertTemperature(a []any) any {
	from, ok1 := kelvins[unitName(text(a[1]))]
	to, ok2 := kelvins[unitName(text(a[2]))]
	if !ok1 || !ok2 {
		return nil
	}
	return (real(a[0], 0)*from[0] + from[1] - to[1]) / to[0]
}
