Console.WriteLine("puna");
